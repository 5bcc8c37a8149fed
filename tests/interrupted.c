/* interrupted.c - recv(), send() and poll() as a program with signals has them: every other call of
 * each is interrupted, and the rest move a few bytes.  tests/programs.sh puts it before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#define MOST 1000

static int is_interrupted(unsigned *calls)
{
  errno = EINTR;
  return ++*calls % 2 != 0;
}

/* POSIX gives functions as objects; the copy of the pointer is what its manual recommends. */
#define REAL(name, type) \
  static unsigned calls; \
  static __typeof__(type) real; \
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
  REAL("recv", ssize_t (*)(int, void *, size_t, int));
  if (is_interrupted(&calls)) return -1;
  return real(fd, buf, len > MOST ? MOST : len, flags);
}

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
  REAL("send", ssize_t (*)(int, const void *, size_t, int));
  if (is_interrupted(&calls)) return -1;
  return real(fd, buf, len > MOST ? MOST : len, flags);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
  REAL("poll", int (*)(struct pollfd *, nfds_t, int));
  if (is_interrupted(&calls)) return -1;
  return real(fds, count, timeout);
}
