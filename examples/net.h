/* net.h - sockets for the example programs.  A function that fails returns -1 and sets errno. */
#ifndef NET_H
#define NET_H
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

static inline int net_nonblocking(int fd, int on)
{
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/* Closes fd after a failure: returns -1 and keeps errno. */
static inline int net_close(int fd)
{
  int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

/* Connects a non-blocking socket, in timeout_ms at most. */
static inline int net_connect_to(const struct sockaddr *to, socklen_t len, int timeout_ms)
{
  int fd = socket(to->sa_family, SOCK_STREAM, 0), error = 0, one = 1, ready;
  socklen_t size = sizeof error;
  struct pollfd p;

  if (fd < 0) return -1;
  if (net_nonblocking(fd, 1)) return net_close(fd);
  if (to->sa_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, to, len) == 0) return fd;
  if (errno != EINPROGRESS) return net_close(fd);
  p.fd = fd;
  p.events = POLLOUT;
  p.revents = 0;
  do ready = poll(&p, 1, timeout_ms); while (ready < 0 && errno == EINTR);
  if (ready <= 0) errno = ETIMEDOUT;
  else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) return fd;
  else if (error) errno = error;
  return net_close(fd);
}

/* Gives the server time to read what was just sent, the SSLRequest: one that reads ahead takes a
 * ClientHello that has come by then with it, and waits for one for ever.  Ends early if it answers. */
static inline void net_let_read(int fd)
{
  struct pollfd p;
  p.fd = fd;
  p.events = POLLIN;
  p.revents = 0;
  (void)poll(&p, 1, 10);
}

static inline int net_path(struct sockaddr_un *to, const char *path)
{
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof to->sun_path) return errno = ENAMETOOLONG, -1;
  strcpy(to->sun_path, path);
  return 0;
}

/* Connects over TCP, or to the socket file `path` if that is not NULL. */
static inline int net_connect(const char *host, unsigned port, const char *path, int timeout_ms)
{
  struct addrinfo hints, *list = NULL, *each;
  struct sockaddr_un local;
  char service[8];
  int fd = -1;

  if (path) {
    if (net_path(&local, path)) return -1;
    return net_connect_to((const struct sockaddr *)&local, sizeof local, timeout_ms);
  }
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  snprintf(service, sizeof service, "%u", port);
  if (getaddrinfo(host, service, &hints, &list)) return errno = EHOSTUNREACH, -1;
  for (each = list; each && fd < 0; each = each->ai_next)
    fd = net_connect_to(each->ai_addr, each->ai_addrlen, timeout_ms);
  freeaddrinfo(list);
  return fd;
}

static inline int net_listen_at(const struct addrinfo *at)
{
  int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol), one = 1;
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, 64) || net_nonblocking(fd, 1))
    return net_close(fd);
  return fd;
}

/* Listens; port 0 becomes a port that is free. */
static inline int net_listen(const char *address, unsigned *port)
{
  struct addrinfo hints, *list = NULL;
  struct sockaddr_storage bound;
  socklen_t len = sizeof bound;
  char service[8];
  int fd;

  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  snprintf(service, sizeof service, "%u", *port);
  if (getaddrinfo(address, service, &hints, &list)) return errno = EADDRNOTAVAIL, -1;
  fd = net_listen_at(list);
  freeaddrinfo(list);
  if (fd < 0 || getsockname(fd, (struct sockaddr *)&bound, &len)) return -1;
  if (!getnameinfo((struct sockaddr *)&bound, len, NULL, 0, service, sizeof service,
                   NI_NUMERICSERV))
    sscanf(service, "%u", port);
  return fd;
}

/* Listens on a socket file; replaces one that an earlier run left. */
static inline int net_listen_unix(const char *path)
{
  struct sockaddr_un at;
  int fd;
  if (net_path(&at, path) || (fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0) return -1;
  unlink(path);
  if (bind(fd, (const struct sockaddr *)&at, sizeof at) || listen(fd, 64) || net_nonblocking(fd, 1))
    return net_close(fd);
  return fd;
}

/* Accepts the next client, and writes its address as text. */
static inline int net_accept(int listener, char *address, size_t cap)
{
  struct sockaddr_storage from;
  socklen_t len = sizeof from;
  int fd = accept(listener, (struct sockaddr *)&from, &len), one = 1;

  if (fd < 0) return -1;
  if (net_nonblocking(fd, 1)) return net_close(fd);
  if (from.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (from.ss_family == AF_UNIX ||
      getnameinfo((struct sockaddr *)&from, len, address, (socklen_t)cap, NULL, 0, NI_NUMERICHOST))
    snprintf(address, cap, "localhost");
  return fd;
}

#endif
