#ifndef BJ_ENTERED_TEST_H
#define BJ_ENTERED_TEST_H

/* In front of a change that a test makes as the database's owner and that wants an entry in the
 * trail (audit_covered, sql/0005): "... FROM e", so that it is in the same statement. */
#define ENTERED                                                                                    \
    "WITH e AS (SELECT audit_append('setup', 'none', 'test.tell', 'x', 'done', NULL, NULL, NULL,"  \
    " 'local', NULL) AS seq) "

#endif /* BJ_ENTERED_TEST_H */
