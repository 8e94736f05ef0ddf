#ifndef BJ_NNF_PAN_H
#define BJ_NNF_PAN_H

/* bj_nnf_pan - how a PAN (India's tax number of a person or firm) looks in an order: five letters,
 * four digits, a letter; or the word of those who need none.
 *
 * Source   NNF protocol (docs/protocols/nnf.md), the order entry request's field PAN. */
#include <stdbool.h>
#include <string.h>

#define BJ_NNF_PAN_EXEMPT "PAN_EXEMPT"

static inline bool bj_nnf_pan_ok(const char *pan) {
    if (strcmp(pan, BJ_NNF_PAN_EXEMPT) == 0) return true;
    for (int i = 0; i < 10; i++) {
        bool digit = i >= 5 && i < 9;
        if (digit ? pan[i] < '0' || pan[i] > '9' : pan[i] < 'A' || pan[i] > 'Z') return false;
    }
    return pan[10] == '\0';
}

#endif /* BJ_NNF_PAN_H */
