/*
 * One end of a TLS connection on OpenSSL, in memory, for tests/robustness.
 *
 *   peer server|client [NAME=VALUE]...
 *
 * A NAME is one of SSL_CONF_cmd(3)'s for files, or one of these:
 *
 *   .ask       1: requests a client certificate, 2: and requires one; any is accepted
 *   .cas       number of CA names in the CertificateRequest
 *   .fragment  most bytes of a record (512 and more)
 *   .sni       the server_name that a client sends, valid or not
 *
 * Requests are read from stdin and answers written to stdout, each after its length as four bytes,
 * big-endian.  The first byte of a request is its kind:
 *
 *   'F'  bytes from the other end
 *   'W'  bytes from the application, to be sent
 *   'K'  send a KeyUpdate that requests one in return, 'k' one that does not
 *   'R'  renegotiate: send a HelloRequest, or a ClientHello
 *   'T'  send one more NewSessionTicket
 *   'Q'  no bytes.  Answer: the state of the connection, lines of NAME=VALUE
 *   'G'  no bytes.  Answer: the plaintext received since the last 'G'
 *
 * The answer to all others is the bytes to send to the other end.  The end of stdin ends the program.
 */

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX (1u << 20)

static unsigned char request[REQUEST_MAX];
static unsigned char said[REQUEST_MAX];
static size_t said_len;
static const char *cas = "0";
static const char *sni;

static void broken(const char *what) {
  fprintf(stderr, "peer: %s\n", what);
  ERR_print_errors_fp(stderr);
  exit(2);
}

static void answer(const void *bytes, size_t len) {
  unsigned char head[4] = {(unsigned char)(len >> 24), (unsigned char)(len >> 16),
                           (unsigned char)(len >> 8), (unsigned char)len};
  if (fwrite(head, 1, 4, stdout) != 4 || fwrite(bytes, 1, len, stdout) != len || fflush(stdout) != 0)
    broken("nobody reads");
}

static int believe(int verdict, X509_STORE_CTX *chain) {
  (void)verdict;
  (void)chain;
  return 1;
}

static void add_ca_names(SSL_CTX *ctx) {
  char text[40];
  for (int i = 0; i < atoi(cas); i++) {
    X509_NAME *name = X509_NAME_new();
    snprintf(text, sizeof text, "Certification Authority %d", i);
    if (name == NULL || !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                    (unsigned char *)text, -1, -1, 0))
      broken("a name");
    STACK_OF(X509_NAME) *list = SSL_CTX_get_client_CA_list(ctx) != NULL
                                    ? SSL_dup_CA_list(SSL_CTX_get_client_CA_list(ctx))
                                    : sk_X509_NAME_new_null();
    if (list == NULL || !sk_X509_NAME_push(list, name)) broken("out of memory");
    SSL_CTX_set_client_CA_list(ctx, list);
  }
}

static void set_own(SSL_CTX *ctx, const char *name, const char *value) {
  if (strcmp(name, ".ask") == 0) {
    int mode = SSL_VERIFY_PEER | (*value == '2' ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    SSL_CTX_set_verify(ctx, mode, believe);
  } else if (strcmp(name, ".cas") == 0) {
    cas = value;
  } else if (strcmp(name, ".fragment") == 0) {
    if (!SSL_CTX_set_max_send_fragment(ctx, atoi(value))) broken(name);
  } else if (strcmp(name, ".sni") == 0) {
    sni = value;
  } else {
    broken(name);
  }
}

static SSL_CTX *context(int is_server, char **settings) {
  SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
  SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
  if (ctx == NULL || conf == NULL) broken("out of memory");
  SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CERTIFICATE |
                                   SSL_CONF_FLAG_SHOW_ERRORS |
                                   (is_server ? SSL_CONF_FLAG_SERVER : SSL_CONF_FLAG_CLIENT));
  SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"peer", 4);
  for (; *settings != NULL; settings++) {
    char *value = strchr(*settings, '=');
    if (value == NULL) broken(*settings);
    *value++ = '\0';
    if (**settings == '.')
      set_own(ctx, *settings, value);
    else if (SSL_CONF_cmd(conf, *settings, value) != 2)
      broken(*settings);
  }
  if (!SSL_CONF_CTX_finish(conf)) broken("the settings");
  SSL_CONF_CTX_free(conf);
  add_ca_names(ctx);
  return ctx;
}

/* Handshakes and reads as far as possible; a failure stays in OpenSSL's queue. */
static void work(SSL *ssl) {
  for (;;) {
    if (!SSL_is_init_finished(ssl) && SSL_do_handshake(ssl) <= 0) return;
    if (said_len == sizeof said) broken("too much is said");
    int n = SSL_read(ssl, said + said_len, (int)(sizeof said - said_len));
    if (n <= 0) return;
    said_len += (size_t)n;
  }
}

static void answer_with_output(BIO *out) {
  char *bytes;
  long len = BIO_get_mem_data(out, &bytes);
  answer(bytes, (size_t)len);
  (void)BIO_reset(out);
}

static const char *short_name(int has, int nid) {
  return has && nid != NID_undef ? OBJ_nid2sn(nid) : "";
}

static const char *subject(X509 *certificate) {
  static char text[256];
  if (certificate == NULL) return "";
  X509_NAME_oneline(X509_get_subject_name(certificate), text, sizeof text);
  X509_free(certificate);
  return text;
}

static void answer_with_facts(SSL *ssl) {
  char text[2048];
  int own = NID_undef, peers = NID_undef, group = (int)SSL_get_negotiated_group(ssl);
  int has_own = SSL_get_signature_type_nid(ssl, &own);
  int has_peers = SSL_get_peer_signature_type_nid(ssl, &peers);
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  unsigned long code = ERR_peek_last_error();
  int len = snprintf(
      text, sizeof text,
      "done=%d\nversion=%s\ncipher=%s\ngroup=%s\nems=%d\nsecure_renegotiation=%ld\nsni=%s\n"
      "certificate=%s\nsigned=%s\npeer_signed=%s\nerror=%s\n",
      SSL_is_init_finished(ssl), SSL_get_version(ssl), SSL_get_cipher_name(ssl),
      short_name(1, group), SSL_get_extms_support(ssl) == 1,
      SSL_get_secure_renegotiation_support(ssl), name == NULL ? "" : name,
      subject(SSL_get1_peer_certificate(ssl)), short_name(has_own, own),
      short_name(has_peers, peers), code == 0 ? "" : ERR_reason_error_string(code));
  answer(text, (size_t)len);
}

static int next_request(size_t *len) {
  unsigned char head[4];
  if (fread(head, 1, 4, stdin) != 4) return 0;
  *len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
  if (*len == 0 || *len > sizeof request || fread(request, 1, *len, stdin) != *len)
    broken("a request");
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2) broken("peer server|client [NAME=VALUE]...");
  int is_server = strcmp(argv[1], "server") == 0;
  SSL_CTX *ctx = context(is_server, argv + 2);
  SSL *ssl = SSL_new(ctx);
  BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
  if (ssl == NULL || in == NULL || out == NULL) broken("out of memory");
  SSL_set_bio(ssl, in, out);
  if (sni != NULL && !SSL_set_tlsext_host_name(ssl, sni)) broken(".sni");
  if (is_server)
    SSL_set_accept_state(ssl);
  else
    SSL_set_connect_state(ssl);
  size_t len;
  while (next_request(&len)) {
    switch (request[0]) {
      case 'F':
        if (len > 1 && BIO_write(in, request + 1, (int)len - 1) != (int)len - 1) broken("memory");
        work(ssl);
        break;
      case 'W':
        if (SSL_write(ssl, request + 1, (int)len - 1) <= 0) broken("SSL_write");
        break;
      case 'K':
      case 'k':
        if (!SSL_key_update(ssl, request[0] == 'K' ? SSL_KEY_UPDATE_REQUESTED
                                                   : SSL_KEY_UPDATE_NOT_REQUESTED))
          broken("SSL_key_update");
        work(ssl);
        break;
      case 'R':
        if (!SSL_renegotiate(ssl)) broken("SSL_renegotiate");
        (void)SSL_do_handshake(ssl);
        break;
      case 'T':
        if (!SSL_new_session_ticket(ssl)) broken("SSL_new_session_ticket");
        work(ssl);
        break;
      case 'Q':
        answer_with_facts(ssl);
        continue;
      case 'G':
        answer(said, said_len);
        said_len = 0;
        continue;
      default:
        broken("a request of no kind");
    }
    answer_with_output(out);
  }
  SSL_free(ssl);
  SSL_CTX_free(ctx);
  return 0;
}
