/* link.h - the loop between one non-blocking socket and one connection of the engine, for programs
 * on poll().  The program sets `app` to what it wants to send and takes what it received from
 * `plain`; both are plaintext.
 *
 *   for (;;) {
 *     code = link_run(&link);            step until nothing moves any more
 *     ... look at link.want, link.events and link.plain; after a failure go on while
 *         link_pending(): what is left to send tells the peer of it ...
 *     link_wait(&link, timeout_ms);      or poll() for link_events(), then link_fill()
 *   }
 */
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
# define LINK_PLAIN_SIZE 65536u             /* the largest packet, and one record more */
#endif

struct link {
  int fd;
  tlsql_conn *conn;
  uint32_t want;                            /* TLSQL_WANT_ bits after the last call here */
  uint32_t events;                          /* TLSQL_EVENT_ bits of all steps so far */
  int eof;                                  /* recv() found the end of the peer's bytes */
  int no_more;                              /* the engine knows it too: no plaintext will follow */
  const uint8_t *app;                       /* plaintext to send: it must stay until app_len is 0 */
  size_t app_len;
  uint8_t wire_in[2 * TLSQL_WIRE_IN_SIZE];  /* from the peer, not used yet: [in_at, in_end) */
  size_t in_at, in_end;
  uint8_t wire_out[TLSQL_WIRE_OUT_SIZE];    /* for the peer, not sent yet: [out_at, out_end) */
  size_t out_at, out_end;
  uint8_t plain[LINK_PLAIN_SIZE];           /* plaintext, not taken yet: [plain_at, plain_end) */
  size_t plain_at, plain_end;
};

/* Moves [*at, *end) to the front of buf if there is less than `room` behind it. */
static inline void link_slide(uint8_t *buf, size_t size, size_t *at, size_t *end, size_t room)
{
  if (*at == *end) *at = *end = 0;
  if (*at == 0 || size - *end >= room) return;
  memmove(buf, buf + *at, *end - *at);
  *end -= *at;
  *at = 0;
}

/* Returns 1 while bytes wait to be sent.  After a failure they are an alert or an ERR packet. */
static inline int link_pending(const struct link *l)
{
  return l->out_at < l->out_end || (l->want & TLSQL_WANT_WIRE_OUT) != 0;
}

/* Sends what the socket takes; returns how many bytes left wire_out.  All of them do if the socket
 * is broken: nobody can receive them, and recv() reports it. */
static inline size_t link_flush(struct link *l)
{
  size_t before = l->out_at, flushed;
  while (l->out_at < l->out_end) {
    ssize_t n = send(l->fd, l->wire_out + l->out_at, l->out_end - l->out_at, MSG_NOSIGNAL);
    if (n >= 0) l->out_at += (size_t)n;
    else if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    else if (errno != EINTR) l->out_at = l->out_end;
  }
  flushed = l->out_at - before;
  if (l->out_at == l->out_end) l->out_at = l->out_end = 0;
  return flushed;
}

/* Makes one step and takes over what it did; *moved is 0 if it did nothing. */
static inline tlsql_code link_step(struct link *l, size_t *moved)
{
  tlsql_code code;
  tlsql_step s;

  memset(&s, 0, sizeof s);
  s.struct_size = sizeof s;
  link_slide(l->plain, sizeof l->plain, &l->plain_at, &l->plain_end, TLSQL_APP_OUT_SIZE);
  code = tlsql_conn_step(l->conn, l->wire_in + l->in_at, l->in_end - l->in_at,
                         l->wire_out + l->out_end, sizeof l->wire_out - l->out_end,
                         l->app, l->app_len,
                         l->plain + l->plain_end, sizeof l->plain - l->plain_end, &s);
  l->in_at += s.wire_in_used;
  l->out_end += s.wire_out_made;
  l->plain_end += s.app_out_made;
  if (s.app_in_used > 0) l->app += s.app_in_used;           /* app may be NULL */
  l->app_len -= s.app_in_used;
  l->want = s.want;
  l->events |= s.events;
  *moved = s.wire_in_used + s.wire_out_made + s.app_in_used + s.app_out_made + s.events;
  return code;
}

/* Steps and sends until nothing moves any more; returns the failure of the connection, if any. */
static inline tlsql_code link_run(struct link *l)
{
  tlsql_code code;
  size_t moved;

  do {
    code = link_step(l, &moved);
    moved += link_flush(l);                                 /* also after a failure */
  } while (moved > 0 && (code == TLSQL_OK || link_pending(l)));

  if (l->events & TLSQL_EVENT_PEER_CLOSED) l->no_more = 1;
  if (code != TLSQL_OK || l->no_more) return code;
  if (l->eof && !(l->want & TLSQL_WANT_APP_OUT)) {          /* all that came was read */
    l->no_more = 1;
    code = tlsql_conn_eof(l->conn, l->in_end - l->in_at);
    l->want = tlsql_conn_want(l->conn);
  }
  return code;
}

/* Returns what to wait for, as poll() wants it. */
static inline short link_events(const struct link *l)
{
  int events = 0;
  if ((l->want & TLSQL_WANT_WIRE_IN) && !l->eof) events |= POLLIN;
  if (link_pending(l)) events |= POLLOUT;
  return (short)events;
}

/* Receives what the socket has; does nothing if that is nothing. */
static inline void link_fill(struct link *l)
{
  ssize_t n;
  link_slide(l->wire_in, sizeof l->wire_in, &l->in_at, &l->in_end, TLSQL_WIRE_IN_SIZE);
  if (l->in_end == sizeof l->wire_in || l->eof) return;
  n = recv(l->fd, l->wire_in + l->in_end, sizeof l->wire_in - l->in_end, 0);
  if (n > 0) l->in_end += (size_t)n;
  else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) l->eof = 1;
}

/* Waits for the socket and receives what it has.  Returns 0 if timeout_ms passed first; -1 waits
 * without end. */
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
