#ifndef BJ_CONTRACTS_H
#define BJ_CONTRACTS_H

/* bj_contracts - the futures and options that are traded here beside the cash market: what the
 * engine must know of them, and what NNF calls them.
 *
 * Keys       contracts_file  the exchange's master of the day, contract.txt (docs/refdata.md);
 *                            absent: none
 *            contracts_of    underlyings to take, a list of symbols; absent: all.  A whole master
 *                            has some 100,000 contracts
 * Taken      what is permitted to trade, not deleted, and has not expired by today.
 * Names      the engine's: underlying and token, "NIFTY-35001"; a name in 15 characters that is
 *            unique whatever the contract.
 * Units      paise, contracts' shares, as in the file; a freeze quantity in whole lots.
 * Errors     false after a sentence in the log that names the file and its line.  Start-up only.
 * Ownership  *rows is the caller's to free. */
#include "dataplane/base/bj_config.h"
#include "dataplane/nnf/bj_nnf_instrument.h"
#include "dataplane/wire/bj_wire_cmd.h"

/* Each is some commands at start, and the command ring takes them at once; each underlying is a sum
 * that the engine keeps for every account (BJ_ENGINE_UNDERLYINGS). */
enum { BJ_CONTRACTS_MAX = 1 << 11 };

typedef struct bj_contract {
    bj_nnf_instrument_t nnf;
    bj_cmd_instrument_t terms; /* no rules of matching: those are the configuration's */
    uint32_t underlying;       /* its token: what positions are summed under; 0: none */
    bool     put;
} bj_contract_t;

BJ_MUST_USE bool bj_contracts_read(const bj_config_t *config, int64_t now_wall_ns,
                                   bj_contract_t **rows, uint32_t *row_cnt);

#endif /* BJ_CONTRACTS_H */
