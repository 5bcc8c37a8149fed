/* login.h - MySQL's password hashes, for the example programs.  Not part of tlsql's ABI.
 *
 * Every length is checked: for a wrong one, and for NULL with a length other than 0, a function
 * returns -1 and writes nothing.  Otherwise the checks return 1 for the right password and 0 for a
 * wrong one, the other functions 0.  An empty password has no hash: a client sends an empty answer,
 * and a server expects one. */
#ifndef LOGIN_H
#define LOGIN_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define LOGIN_SCRAMBLE_SIZE 20u           /* the greeting's auth data, without the NUL at its end */
#define LOGIN_NATIVE_SIZE   20u           /* mysql_native_password: SHA-1 */
#define LOGIN_SHA2_SIZE     32u           /* caching_sha2_password: SHA-256 */

/* Server: makes a scramble of printable characters. */
int32_t login_scramble(uint8_t *out, size_t out_len);

/* Client: compute the answer to a scramble (caching_sha2_password: for fast authentication). */
int32_t login_native(const uint8_t *password, size_t password_len,
                     const uint8_t *scramble, size_t scramble_len, uint8_t *out, size_t out_len);
int32_t login_sha2(const uint8_t *password, size_t password_len,
                   const uint8_t *scramble, size_t scramble_len, uint8_t *out, size_t out_len);

/* Server: compute what it stores: SHA1(SHA1(password)) or SHA256(SHA256(password)). */
int32_t login_native_stored(const uint8_t *password, size_t password_len,
                            uint8_t *out, size_t out_len);
int32_t login_sha2_stored(const uint8_t *password, size_t password_len,
                          uint8_t *out, size_t out_len);

/* Server: check whether the answer proves the password that was stored. */
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
