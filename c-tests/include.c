/* The header stands alone, may be included twice, and is clean in every standard it promises;
 * built as C99 and C11, and as C++11 and C++20 through include.cpp. */
#include "tlsql.h"
#include "tlsql.h"
#include "check.h"

/* Every kind of declaration is used once: constants, structs, handles, functions. */
int main(void)
{
  tlsql_builder *builder = NULL;
  tlsql_error error;
  size_t needed = 0;
  uint32_t want = TLSQL_WANT_WIRE_IN | TLSQL_WANT_WIRE_OUT;
  char mode[32];

  memset(&error, 0, sizeof error);
  error.struct_size = (uint32_t)sizeof error;
  CHECK_CODE(tlsql_code_info(TLSQL_E_CERT_EXPIRED, &error), TLSQL_OK);
  CHECK_EQ(error.code, TLSQL_E_CERT_EXPIRED);

  want &= ~TLSQL_WANT_WIRE_OUT;              /* bits are unsigned: no conversion to warn of */
  CHECK_EQ(want, TLSQL_WANT_WIRE_IN);

  CHECK_CODE(tlsql_builder_new(TLSQL_CLIENT, &builder), TLSQL_OK);
  CHECK(builder != NULL);
  CHECK_CODE(tlsql_builder_set(builder, TLSQL_STR("ssl-mode"), TLSQL_STR("REQUIRED")), TLSQL_OK);
  CHECK_CODE(tlsql_builder_get(builder, TLSQL_STR("ssl_mode"), mode, sizeof mode, &needed),
             TLSQL_OK);
  CHECK_TEXT(mode, "REQUIRED");
  tlsql_builder_free(builder);
  return check_report("include");
}
