#include "dataplane/nnf/bj_nnf_book.h"

#include <sys/mman.h>

enum { CHAIN_END = 0 };

void *bj_nnf_reserve(size_t cnt, size_t bytes) {
    void *mem = mmap(NULL, cnt * bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mem == MAP_FAILED ? NULL : mem;
}

void bj_nnf_release(void *mem, size_t cnt, size_t bytes) {
    if (mem) munmap(mem, cnt * bytes);
}

bool bj_nnf_book_new(bj_nnf_book_t *book, uint32_t record_max) {
    uint32_t heads = 64;
    while (heads < record_max)
        heads *= 2;
    *book = (bj_nnf_book_t){.record_max = record_max, .mask = heads - 1};
    book->records = bj_nnf_reserve(record_max, sizeof *book->records);
    book->by_client = bj_nnf_reserve(heads, sizeof *book->by_client);
    book->by_order = bj_nnf_reserve(heads, sizeof *book->by_order);
    if (book->records && book->by_client && book->by_order) return true;
    bj_nnf_book_free(book);
    return false;
}

void bj_nnf_book_free(bj_nnf_book_t *book) {
    bj_nnf_release(book->records, book->record_max, sizeof *book->records);
    bj_nnf_release(book->by_client, (size_t)book->mask + 1, sizeof *book->by_client);
    bj_nnf_release(book->by_order, (size_t)book->mask + 1, sizeof *book->by_order);
    *book = (bj_nnf_book_t){0};
}

static uint32_t *head_of(const bj_nnf_book_t *book, uint32_t *heads, uint64_t key) {
    return &heads[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & book->mask];
}

bj_nnf_record_t *bj_nnf_book_add(bj_nnf_book_t *book, uint64_t client_order_id) {
    if (book->record_cnt == book->record_max) return NULL;
    bj_nnf_record_t *record = &book->records[book->record_cnt++];
    uint32_t *head = head_of(book, book->by_client, client_order_id);
    *record = (bj_nnf_record_t){.client_order_id = client_order_id, .client_next = *head};
    *head = book->record_cnt; /* its index + 1 */
    return record;
}

void bj_nnf_book_undo(bj_nnf_book_t *book) {
    const bj_nnf_record_t *record = &book->records[--book->record_cnt];
    assert(!record->order_id);
    *head_of(book, book->by_client, record->client_order_id) = record->client_next;
}

bj_nnf_record_t *bj_nnf_book_client(bj_nnf_book_t *book, uint64_t client_order_id) {
    uint32_t at = *head_of(book, book->by_client, client_order_id);
    while (at != CHAIN_END && book->records[at - 1].client_order_id != client_order_id)
        at = book->records[at - 1].client_next;
    return at == CHAIN_END ? NULL : &book->records[at - 1];
}

bj_nnf_record_t *bj_nnf_book_order(bj_nnf_book_t *book, uint64_t order_id) {
    uint32_t at = *head_of(book, book->by_order, order_id);
    while (at != CHAIN_END && book->records[at - 1].order_id != order_id)
        at = book->records[at - 1].order_next;
    return at == CHAIN_END ? NULL : &book->records[at - 1];
}

void bj_nnf_book_number(bj_nnf_book_t *book, bj_nnf_record_t *record, uint64_t order_id) {
    uint32_t *head = head_of(book, book->by_order, order_id);
    record->order_id = order_id;
    record->order_next = *head;
    *head = (uint32_t)(record - book->records) + 1;
}
