/* odd_client.c - a client in clear text that sends what no client of today sends, and prints the
 * server's answers in hexadecimal.  tests/programs.sh runs it against the example server.
 *
 *   odd_client PORT old USER [ANSWER]   the login of a client before 4.1, and SELECT 1
 *   odd_client PORT wrong USER          a wrong fast answer of caching_sha2_password
 *   odd_client PORT many NUMBER         so many connections at once; shows the last one's first packet
 *   odd_client PORT drip BYTE           a packet of which a byte comes each 0.2 s, its sequence number
 *                                       BYTE; shows whether the server ends that within 30 s
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "mysql.h"
#include "net.h"

static uint8_t in[65536];

static int connected(unsigned port)
{
  int fd = net_connect("127.0.0.1", port, NULL, 5000);
  if (fd < 0 || net_nonblocking(fd, 0)) exit(1);
  return fd;
}

static int read_all(int fd, uint8_t *to, size_t len)
{
  while (len > 0) {
    ssize_t n = recv(fd, to, len, 0);
    if (n <= 0) return 0;
    to += n;
    len -= (size_t)n;
  }
  return 1;
}

/* Receives a packet, and prints it if it is wanted; returns 0 at the end. */
static int receive(int fd, struct packet *p, int wanted)
{
  size_t i;
  if (!read_all(fd, in, 4)) return 0;
  packet_get(in, 4, p);
  if (p->len > sizeof in - 4 || !read_all(fd, in + 4, p->len)) return 0;
  for (i = 0; wanted && i < p->len; i++) printf("%02x", p->payload[i]);
  if (wanted) putchar('\n');
  return 1;
}

static void transmit(int fd, const struct writer *w)
{
  if (w->bad || send(fd, w->at, w->len, MSG_NOSIGNAL) != (ssize_t)w->len) exit(1);
}

static void log_in(int fd, int is_old, const char *user, const char *answer)
{
  uint8_t buf[512];
  struct writer w = write_to(buf, sizeof buf);
  struct packet p;
  int i;

  if (!receive(fd, &p, 0)) exit(1);
  packet_begin(&w, 1);
  if (is_old) {
    write_int(&w, CLIENT_LONG_PASSWORD | CLIENT_LONG_FLAG | CLIENT_TRANSACTIONS, 2);
    write_int(&w, 0xffffff, 3);
    write_string(&w, user);
    if (answer) write_string(&w, answer);
  } else {
    write_int(&w, CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH, 4);
    write_int(&w, 1u << 24, 4);
    write_int(&w, 45, 1);
    write_zeros(&w, 23);
    write_string(&w, user);
    write_int(&w, 32, 1);
    for (i = 0; i < 32; i++) write_int(&w, 7, 1);
    write_string(&w, SHA2_PLUGIN);
  }
  packet_end(&w);
  transmit(fd, &w);
  if (!receive(fd, &p, 1)) exit(1);
  if (!is_old || !packet_is_ok(&p)) return;
  w = write_to(buf, sizeof buf);
  packet_begin(&w, 0);
  write_int(&w, COM_QUERY, 1);
  write_bytes(&w, "SELECT 1", 8);
  packet_end(&w);
  transmit(fd, &w);
  for (i = 0; i < 5; i++)
    if (!receive(fd, &p, 1)) exit(1);
}

/* Sends bytes until the server takes no more; returns 0 if it takes them all. */
static int drip(int fd, int sequence)
{
  const uint8_t head[4] = { 0x80, 0x3e, 0, (uint8_t)sequence };
  const struct timespec pause = { 0, 200 * 1000 * 1000 };
  int n;
  if (send(fd, head, sizeof head, MSG_NOSIGNAL) != sizeof head) return 1;
  for (n = 0; n < 150; n++) {
    if (send(fd, "", 1, MSG_NOSIGNAL) != 1) return 1;
    nanosleep(&pause, NULL);
  }
  return 0;
}

int main(int argc, char **argv)
{
  unsigned port = argc == 4 || argc == 5 ? (unsigned)atoi(argv[1]) : 0;
  struct packet p;
  int n, fd = -1;

  if (!port) return 2;
  if (strcmp(argv[2], "many") == 0) {
    for (n = atoi(argv[3]); n > 0; n--) {
      fd = connected(port);                                 /* all stay open */
      if (!receive(fd, &p, n == 1)) return 1;
    }
    return 0;
  }
  fd = connected(port);
  if (strcmp(argv[2], "drip") == 0) {
    if (!receive(fd, &p, 0)) return 1;
    puts(drip(fd, atoi(argv[3])) ? "ended" : "goes on");
    return 0;
  }
  log_in(fd, strcmp(argv[2], "old") == 0, argv[3], argv[4]);
  close(fd);
  return 0;
}
