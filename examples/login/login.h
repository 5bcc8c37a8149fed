/* login.h - MySQL's password hashes, for the example programs.  Not part of tlsql's ABI.
 *
 * Every length is checked: a wrong one, or NULL with a length other than 0, is -1 and nothing is
 * written.  The others return 0 when done; a check returns 1 for the right password, else 0.
 * An empty password has no hash: a client sends an empty answer, a server expects one. */
#ifndef LOGIN_H
#define LOGIN_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define LOGIN_SCRAMBLE_SIZE 20u           /* the greeting's auth data, without the closing NUL */
#define LOGIN_NATIVE_SIZE   20u           /* mysql_native_password: SHA-1 */
#define LOGIN_SHA2_SIZE     32u           /* caching_sha2_password: SHA-256 */

/* Server: a fresh scramble, of printable characters. */
int32_t login_scramble(uint8_t *out, size_t out_len);

/* Client: the answer to a scramble.  caching_sha2_password: the one for fast authentication. */
int32_t login_native(const uint8_t *password, size_t password_len,
                     const uint8_t *scramble, size_t scramble_len, uint8_t *out, size_t out_len);
int32_t login_sha2(const uint8_t *password, size_t password_len,
                   const uint8_t *scramble, size_t scramble_len, uint8_t *out, size_t out_len);

/* Server: what it keeps of a password, SHA1(SHA1(password)) or SHA256(SHA256(password)). */
int32_t login_native_stored(const uint8_t *password, size_t password_len,
                            uint8_t *out, size_t out_len);
int32_t login_sha2_stored(const uint8_t *password, size_t password_len,
                          uint8_t *out, size_t out_len);

/* Server: does this answer prove the password that was stored? */
int32_t login_native_check(const uint8_t *answer, size_t answer_len,
                           const uint8_t *scramble, size_t scramble_len,
                           const uint8_t *stored, size_t stored_len);
int32_t login_sha2_check(const uint8_t *answer, size_t answer_len,
                         const uint8_t *scramble, size_t scramble_len,
                         const uint8_t *stored, size_t stored_len);

#ifdef __cplusplus
}
#endif
#endif
