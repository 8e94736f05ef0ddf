#ifndef BJ_NNF_KIND_H
#define BJ_NNF_KIND_H

/* bj_nnf_row_t.kind, as bj_wire_nnf.h explains them. */
typedef enum kind {
    KIND_I8, KIND_I16, KIND_I32, KIND_I64, KIND_F64, KIND_TXT, KIND_RAW, KIND_RES, KIND_ANY
} kind_t;

#endif /* BJ_NNF_KIND_H */
