/* Goal: the words of bijlictl device; a key that is made, its request, and the file for a browser.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "controlplane/cli/bj_cli_device.h"
#include "controlplane/cli/bj_cli_device_key.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *argv[14];
    const char *wrong; /* what the sentence begins with; NULL: none */
} words[] = {
    {{"device", "list"}, NULL},
    {{"device", "list", "--user", "7"}, NULL},
    {{"device", "list", "--user", "me"}, "--user is"},
    {{"device"}, "device list,"},
    {{"device", "make"}, "device list,"},
    {{"device", "issue", "--user", "7", "--name", "Desk", "--reason", "r", "--key", "k"}, NULL},
    {{"device", "issue", "--user", "7", "--name", "Desk", "--reason", "r", "--csr", "k"}, NULL},
    {{"device", "issue", "--user", "7", "--name", "Desk", "--reason", "r"}, "--key FILE"},
    {{"device", "issue", "--user", "7", "--name", "D", "--reason", "r", "--csr", "k", "--key", "k"},
     "--key FILE"},
    {{"device", "issue", "--user", "7", "--key", "k", "--reason", "r"}, "--user or"},
    {{"device", "issue", "--user", "7", "--name", "D", "--key", "k"}, "--reason"},
    {{"device", "approve", "7"}, NULL},
    {{"device", "approve", "all"}, "which device"},
    {{"device", "approve"}, "which device"},
    {{"device", "revoke", "7"}, "--reason"},
    {{"device", "revoke", "7", "--reason", "lost"}, NULL},
    {{"device", "refuse", "7", "--reason", "no", "8"}, "a word too many"},
    {{"device", "fetch", "7"}, "--out"},
    {{"device", "fetch", "7", "--out", "f", "--force"}, "unknown"},
};

static void test_words(void) {
    for (size_t i = 0; i < BJ_COUNT(words); i++) {
        char *argv[15] = {"bijlictl"};
        bj_cli_device_args_t args;
        int argc = 1;
        for (; argc < 15 && words[i].argv[argc - 1]; argc++) {
            argv[argc] = strdup(words[i].argv[argc - 1]);
        }
        const char *wrong = bj_cli_device_read(argc, argv, &args), *want = words[i].wrong;
        bool right = want ? wrong && strncmp(wrong, want, strlen(want)) == 0 : !wrong;
        if (!right) fprintf(stderr, "row %zu: %s\n", i, wrong ? wrong : "nothing is wrong");
        BJ_CHECK(right && bj_cli_is_device(argc, argv));
        for (int a = 1; a < argc; a++)
            free(argv[a]);
    }
}

static void test_files(void) {
    char dir[] = "/tmp/test_bj_cli_device.XXXXXX", key[64], p12[64];
    char request[BJ_CLI_REQUEST_TEXT_BYTES], password[BJ_CLI_PASSWORD_BYTES];
    struct stat st;
    BJ_CHECK(mkdtemp(dir));
    snprintf(key, sizeof key, "%s/key", dir);
    snprintf(p12, sizeof p12, "%s/p12", dir);
    BJ_CHECK(!bj_cli_device_make(key, request) && strlen(request) > 200);
    BJ_CHECK(stat(key, &st) == 0 && (st.st_mode & 0777) == 0600);
    BJ_CHECK(bj_cli_device_make(key, request)); /* it is there */
    BJ_CHECK(bj_cli_device_csr(key, request) && bj_cli_device_csr("/nowhere", request));
    /* Its certificate is none yet, or is no certificate. */
    BJ_CHECK(bj_cli_device_p12("-", key, p12, password) && bj_cli_device_pem("AAAA", p12));
    BJ_CHECK(access(p12, F_OK) != 0);
    unlink(key);
    rmdir(dir);
}

int main(void) {
    test_words();
    test_files();
    return bj_test_end("test_bj_cli_device");
}
