/* link.h - one non-blocking socket and one connection of the engine: the loop between them, for
 * hosts on poll().  The host hangs plaintext on `app` and reads plaintext from `plain`. */
#ifndef LINK_H
#define LINK_H
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include "tlsql.h"

#ifndef LINK_PLAIN_SIZE
# define LINK_PLAIN_SIZE 65536u             /* the largest packet fits in this less one record */
#endif

struct link {
  int fd;
  tlsql_conn *conn;
  uint32_t want, phase, events;             /* of the engine's last step; events pile up */
  int ended;                                /* the peer's half of the socket is over */
  int over;                                 /* and all that it held was read */
  const uint8_t *app;                       /* plaintext to send; it must stay until app_len is 0 */
  size_t app_len;
  uint8_t wire_in[2 * TLSQL_WIRE_IN_SIZE];  /* unused bytes of the peer at [in_at, in_end) */
  size_t in_at, in_end;
  uint8_t wire_out[TLSQL_WIRE_OUT_SIZE];    /* unsent bytes for the peer at [out_at, out_end) */
  size_t out_at, out_end;
  uint8_t plain[LINK_PLAIN_SIZE];           /* plaintext not yet read by the host */
  size_t plain_at, plain_end;
};

/* Make the room behind [*at, *end) at least `room`, if it can be had; bytes move only if needed. */
static inline void link_slide(uint8_t *buf, size_t size, size_t *at, size_t *end, size_t room)
{
  if (*at == *end) *at = *end = 0;
  if (*at == 0 || size - *end >= room) return;
  memmove(buf, buf + *at, *end - *at);
  *end -= *at;
  *at = 0;
}

/* Bytes wait to leave.  After a failure they are the alert or the ERR packet that tells of it. */
static inline int link_pending(const struct link *l)
{
  return l->out_at < l->out_end || (l->want & TLSQL_WANT_WIRE_OUT) != 0;
}

/* Send what the socket takes; how much it took. */
static inline size_t link_flush(struct link *l)
{
  size_t before = l->out_at;
  while (l->out_at < l->out_end) {
    ssize_t n = send(l->fd, l->wire_out + l->out_at, l->out_end - l->out_at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n < 0) l->out_at = l->out_end;                     /* nobody will ever read them */
    else l->out_at += (size_t)n;
  }
  before = l->out_at - before;
  if (l->out_at == l->out_end) l->out_at = l->out_end = 0;
  return before;
}

/* Step until nothing moves any more: the time to look at want, events and plain, then to wait. */
static inline tlsql_code link_run(struct link *l)
{
  tlsql_code rc;
  tlsql_step s;
  size_t moved;
  do {
    memset(&s, 0, sizeof s);
    s.struct_size = sizeof s;
    link_slide(l->plain, sizeof l->plain, &l->plain_at, &l->plain_end, TLSQL_APP_OUT_SIZE);
    rc = tlsql_conn_step(l->conn, l->wire_in + l->in_at, l->in_end - l->in_at,
                         l->wire_out + l->out_end, sizeof l->wire_out - l->out_end,
                         l->app, l->app_len, l->plain + l->plain_end,
                         sizeof l->plain - l->plain_end, &s);
    l->in_at += s.wire_in_used;
    l->out_end += s.wire_out_made;
    l->plain_end += s.app_out_made;
    if (s.app_in_used) l->app += s.app_in_used, l->app_len -= s.app_in_used;
    l->want = s.want;
    l->phase = s.phase;
    l->events |= s.events;
    moved = s.wire_in_used + s.wire_out_made + s.app_out_made + s.app_in_used + s.events;
    moved += link_flush(l);                                /* also after a failure: the alert */
  } while (moved && !(rc && !link_pending(l)));

  if (rc || l->over) return rc;
  if (l->ended && !(l->want & TLSQL_WANT_APP_OUT)) {
    rc = tlsql_conn_eof(l->conn, l->in_end - l->in_at);
    l->over = 1;
  }
  if (l->events & TLSQL_EVENT_PEER_CLOSED) l->over = 1;
  return rc;
}

/* What to wait for, as poll() wants it. */
static inline short link_events(const struct link *l)
{
  int events = 0;
  if ((l->want & TLSQL_WANT_WIRE_IN) && !l->ended) events |= POLLIN;
  if (link_pending(l)) events |= POLLOUT;
  return (short)events;
}

/* Take what the socket has; it is ready, or this does nothing. */
static inline void link_fill(struct link *l)
{
  ssize_t n;
  link_slide(l->wire_in, sizeof l->wire_in, &l->in_at, &l->in_end, TLSQL_WIRE_IN_SIZE);
  if (l->in_end == sizeof l->wire_in || l->ended) return;
  n = recv(l->fd, l->wire_in + l->in_end, sizeof l->wire_in - l->in_end, 0);
  if (n > 0) l->in_end += (size_t)n;
  else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) l->ended = 1;
}

/* Wait for the socket and take what it has; 0 if timeout_ms passed first (-1: for ever). */
static inline int link_wait(struct link *l, int timeout_ms)
{
  struct pollfd p;
  int n;
  p.fd = l->fd;
  p.events = link_events(l);
  p.revents = 0;
  do n = poll(&p, 1, timeout_ms); while (n < 0 && errno == EINTR);
  if (n > 0 && (p.revents & (POLLIN | POLLHUP | POLLERR))) link_fill(l);
  return n > 0;
}

#endif
