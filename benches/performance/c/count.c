/* Counts allocations and the bytes that were asked for; preloaded, so that it sees every library of the
 * process, whatever language it is in. For one thread. */

#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void *__libc_malloc(size_t len);
void *__libc_memalign(size_t align, size_t len);
void *__libc_realloc(void *block, size_t len);
void __libc_free(void *block);

/* In front of each block. */
struct head {
  size_t len;
  /* From the block of the C library to ours. */
  size_t offset;
};

struct counts {
  uint64_t allocations;
  int64_t live, peak;
};

static struct counts counts;

struct counts *bench_counts(void)
{
  return &counts;
}

static struct head *head_of(void *block)
{
  return (struct head *)block - 1;
}

static void *note(void *raw, size_t offset, size_t len)
{
  void *block = (char *)raw + offset;
  if (!raw) return NULL;
  head_of(block)->len = len;
  head_of(block)->offset = offset;
  counts.allocations++;
  counts.live += (int64_t)len;
  if (counts.live > counts.peak) counts.peak = counts.live;
  return block;
}

void *malloc(size_t len)
{
  if (len > SIZE_MAX - sizeof(struct head)) return NULL;
  return note(__libc_malloc(len + sizeof(struct head)), sizeof(struct head), len);
}

void free(void *block)
{
  if (!block) return;
  counts.live -= (int64_t)head_of(block)->len;
  __libc_free((char *)block - head_of(block)->offset);
}

void *calloc(size_t count, size_t size)
{
  size_t len;
  void *block;
  if (__builtin_mul_overflow(count, size, &len)) return NULL;
  block = malloc(len);
  return block ? memset(block, 0, len) : NULL;
}

void *realloc(void *old, size_t len)
{
  size_t had;
  void *raw, *block;
  if (!old) return malloc(len);
  if (len > SIZE_MAX - sizeof(struct head)) return NULL;
  had = head_of(old)->len;
  if (head_of(old)->offset == sizeof(struct head)) {
    raw = __libc_realloc(head_of(old), len + sizeof(struct head));
    if (raw) counts.live -= (int64_t)had;
    return note(raw, sizeof(struct head), len);
  }
  block = malloc(len);
  if (block) {
    memcpy(block, old, len < had ? len : had);
    free(old);
  }
  return block;
}

void *memalign(size_t align, size_t len)
{
  size_t offset = align < sizeof(struct head) ? sizeof(struct head) : align;
  if (len > SIZE_MAX - offset) return NULL;
  return note(__libc_memalign(offset, len + offset), offset, len);
}

void *aligned_alloc(size_t align, size_t len)
{
  return memalign(align, len);
}

int posix_memalign(void **out, size_t align, size_t len)
{
  *out = memalign(align, len);
  return *out ? 0 : ENOMEM;
}

size_t malloc_usable_size(void *block)
{
  return block ? head_of(block)->len : 0;
}
