#include "dataplane/base/bj_caps.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libc has no name for it; libcap's would be a library for one call. */
bool bj_caps_drop(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &head, none) == 0;
}
