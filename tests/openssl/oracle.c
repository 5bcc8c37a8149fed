/*
 * OpenSSL's verdicts on certificate chains, for tests/random_chains.
 *
 * Requests are read from stdin and answers written to stdout, each after its length.  A field is a
 * length and as many bytes, a list is a count and as many fields; lengths and counts are four bytes,
 * big-endian.  The first byte of a request is its kind:
 *
 *   'I'  no fields.  Answer: the version of the library.
 *   'K'  field key (PKCS #8), stored under the next number from 0 on.  Answer: its
 *        SubjectPublicKeyInfo.
 *   'S'  number of a key, field digest (empty: the algorithm of the key has its own), field message.
 *        Answer: the signature, empty if there is none.
 *   'V'  byte purpose ('s': the peer is a server, 'c': a client), byte level, byte 1 if revocation
 *        is checked, eight bytes of Unix time, field host (empty: no name is checked),
 *        list anchors, list of the other certificates that the peer sent, list CRLs, field leaf.
 *        Answer: `OK`, `ERR number@depth`, or `PARSE` and what cannot be read: a1 the second
 *        anchor, o1 the second other certificate, c1 the second CRL, leaf the leaf.
 *
 * The end of stdin ends the program; a malformed request ends it with status 2.
 */

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX (64u << 20)
#define KEYS_MAX 64

struct input {
  const unsigned char *at;
  size_t left;
};

static void broken(const char *what) {
  fprintf(stderr, "oracle: %s\n", what);
  exit(2);
}

static void *need(void *made) {
  if (made == NULL) broken("out of memory");
  return made;
}

static uint32_t number(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static const unsigned char *take(struct input *in, size_t len) {
  const unsigned char *at = in->at;
  if (len > in->left) broken("short request");
  in->at += len;
  in->left -= len;
  return at;
}

static uint32_t take_number(struct input *in) {
  return number(take(in, 4));
}

static struct input take_field(struct input *in) {
  struct input field;
  field.left = take_number(in);
  field.at = take(in, field.left);
  return field;
}

static void answer(const void *bytes, size_t len) {
  unsigned char head[4];
  head[0] = (unsigned char)(len >> 24);
  head[1] = (unsigned char)(len >> 16);
  head[2] = (unsigned char)(len >> 8);
  head[3] = (unsigned char)len;
  if (fwrite(head, 1, 4, stdout) != 4 || fwrite(bytes, 1, len, stdout) != len) exit(2);
}

/* Keys by number. Reading a key takes longer than signing with it. */
static EVP_PKEY *keys[KEYS_MAX];
static uint32_t key_count;

static void keep_key(struct input *in) {
  struct input der = take_field(in);
  const unsigned char *at = der.at;
  unsigned char *out = NULL;
  EVP_PKEY *key = need(d2i_AutoPrivateKey(NULL, &at, (long)der.left));
  int len = i2d_PUBKEY(key, &out);
  if (len <= 0 || key_count == KEYS_MAX) broken("a key that is not kept");
  keys[key_count++] = key;
  answer(out, (size_t)len);
  OPENSSL_free(out);
}

static void sign(struct input *in) {
  uint32_t key = take_number(in);
  struct input digest = take_field(in), message = take_field(in);
  char name[32] = "";
  unsigned char signature[1024];
  size_t len = sizeof signature;
  EVP_MD_CTX *context = need(EVP_MD_CTX_new());
  const EVP_MD *md = NULL;

  if (key >= key_count) broken("unknown key");
  if (digest.left >= sizeof name) broken("long digest name");
  memcpy(name, digest.at, digest.left);
  if (digest.left > 0) md = EVP_get_digestbyname(name);
  if ((digest.left > 0 && md == NULL) ||
      EVP_DigestSignInit(context, NULL, md, NULL, keys[key]) != 1 ||
      EVP_DigestSign(context, signature, &len, message.at, message.left) != 1)
    len = 0;
  answer(signature, len);
  EVP_MD_CTX_free(context);
}

/* The parts of a request that cannot be read. */
struct refused {
  char text[4096];
  size_t len;
};

static void refuse(struct refused *refused, const char *what) {
  size_t len = strlen(what);
  if (refused->len + 1 + len >= sizeof refused->text) broken("too much that cannot be read");
  refused->text[refused->len++] = ' ';
  memcpy(refused->text + refused->len, what, len);
  refused->len += len;
}

static void refuse_numbered(struct refused *refused, char letter, uint32_t i) {
  char what[16];
  snprintf(what, sizeof what, "%c%lu", letter, (unsigned long)i);
  refuse(refused, what);
}

static X509 *take_certificate(struct input *in) {
  struct input der = take_field(in);
  const unsigned char *at = der.at;
  X509 *certificate = d2i_X509(NULL, &at, (long)der.left);
  if (certificate != NULL && at != der.at + der.left) {
    X509_free(certificate);
    certificate = NULL;
  }
  return certificate;
}

static X509_CRL *take_crl(struct input *in) {
  struct input der = take_field(in);
  const unsigned char *at = der.at;
  X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.left);
  if (crl != NULL && at != der.at + der.left) {
    X509_CRL_free(crl);
    crl = NULL;
  }
  return crl;
}

static uint64_t take_time(struct input *in) {
  uint64_t high = take_number(in);
  return high << 32 | take_number(in);
}

/* Sets the parameters as libssl does: the purpose's defaults, then those of the application. */
static void set_policy(X509_STORE_CTX *context, int client, int level, uint64_t now,
                       const char *host) {
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
  if (X509_STORE_CTX_set_default(context, client ? "ssl_client" : "ssl_server") != 1)
    broken("no such purpose");
  X509_VERIFY_PARAM_set_auth_level(param, level);
  X509_VERIFY_PARAM_set_time(param, (time_t)now);
  /* MySQL 8.4: an address is compared as one, anything else as a host name, flags 0. */
  if (*host != '\0' && X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1 &&
      X509_VERIFY_PARAM_set1_host(param, host, 0) != 1)
    broken("no host name");
}

static void verify(struct input *in) {
  int client = *take(in, 1) == 'c', level = *take(in, 1), revocation = *take(in, 1);
  uint64_t now = take_time(in);
  struct input host = take_field(in);
  char name[512], out[4200];
  uint32_t i, count;
  struct refused refused = {"", 0};
  X509_STORE *store = need(X509_STORE_new());
  STACK_OF(X509) *sent = need(sk_X509_new_null());
  X509_STORE_CTX *context = need(X509_STORE_CTX_new());
  X509 *leaf;

  if (host.left >= sizeof name) broken("long host name");
  memcpy(name, host.at, host.left);
  name[host.left] = '\0';

  for (i = 0, count = take_number(in); i < count; i++) {
    X509 *anchor = take_certificate(in);
    if (anchor == NULL) refuse_numbered(&refused, 'a', i);
    else if (X509_STORE_add_cert(store, anchor) != 1) broken("an anchor is not added");
    X509_free(anchor);
  }
  for (i = 0, count = take_number(in); i < count; i++) {
    X509 *other = take_certificate(in);
    if (other == NULL) refuse_numbered(&refused, 'o', i);
    else if (sk_X509_push(sent, other) == 0) broken("out of memory");
  }
  for (i = 0, count = take_number(in); i < count; i++) {
    X509_CRL *crl = take_crl(in);
    if (crl == NULL) refuse_numbered(&refused, 'c', i);
    else if (X509_STORE_add_crl(store, crl) != 1) broken("a CRL is not added");
    X509_CRL_free(crl);
  }
  leaf = take_certificate(in);
  if (leaf == NULL) refuse(&refused, "leaf");

  if (refused.len > 0) {
    snprintf(out, sizeof out, "PARSE%.*s", (int)refused.len, refused.text);
  } else {
    /* libssl's list of what the peer sent begins with the leaf. */
    if (sk_X509_unshift(sent, leaf) == 0 || X509_up_ref(leaf) != 1) broken("out of memory");
    if (revocation) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    if (X509_STORE_CTX_init(context, store, leaf, sent) != 1) broken("no context");
    set_policy(context, client, level, now, name);
    if (X509_verify_cert(context) == 1) {
      strcpy(out, "OK");
    } else {
      snprintf(out, sizeof out, "ERR %d@%d", X509_STORE_CTX_get_error(context),
               X509_STORE_CTX_get_error_depth(context));
    }
  }
  answer(out, strlen(out));
  X509_STORE_CTX_free(context);
  X509_free(leaf);
  sk_X509_pop_free(sent, X509_free);
  X509_STORE_free(store);
}

int main(void) {
  unsigned char head[4];
  unsigned char *request = NULL;
  size_t room = 0;

  while (fread(head, 1, 4, stdin) == 4) {
    struct input in;
    in.left = number(head);
    if (in.left > REQUEST_MAX) broken("long request");
    if (in.left > room) {
      room = in.left;
      request = need(realloc(request, room));
    }
    if (fread(request, 1, in.left, stdin) != in.left) broken("short request");
    in.at = request;
    switch (*take(&in, 1)) {
      case 'I': answer(OPENSSL_VERSION_TEXT, strlen(OPENSSL_VERSION_TEXT)); break;
      case 'K': keep_key(&in); break;
      case 'S': sign(&in); break;
      case 'V': verify(&in); break;
      default: broken("unknown request");
    }
    if (in.left != 0) broken("long request");
    ERR_clear_error();
    if (fflush(stdout) != 0) return 2;
  }
  free(request);
  while (key_count > 0) EVP_PKEY_free(keys[--key_count]);
  return 0;
}
