package tlsql

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The tests of this file compare the package with tlsql.h: what the header has and a program cannot
// reach fails, but for these.

var constantsNotExposed = map[string]string{
	"TLSQL_H":                     "the include guard",
	"TLSQL_API":                   "a macro of C",
	"TLSQL_STR":                   "a macro of C: a string knows its length",
	"TLSQL_ANY_ROOM":              "Read takes what there is",
	"TLSQL_VERSION_MAJOR":         "part of HeaderVersion",
	"TLSQL_VERSION_MINOR":         "part of HeaderVersion",
	"TLSQL_VERSION_PATCH":         "part of HeaderVersion",
	"TLSQL_MESSAGE_SIZE":          "Error.Message knows its length",
	"TLSQL_OPTION_SIZE":           "Error.Option knows its length",
	"TLSQL_ERROR_UNAUTHENTICATED": "Error.Unauthenticated",
	"TLSQL_WIRE_IN_SIZE":          "Conn has its own buffers",
	"TLSQL_WIRE_OUT_SIZE":         "Conn has its own buffers",
	"TLSQL_APP_OUT_SIZE":          "Conn has its own buffers",
	"TLSQL_HEADROOM_MAX":          "see tlsql_conn_seal",
	"TLSQL_TAILROOM_MAX":          "see tlsql_conn_seal",
}

var functionsNotNeeded = map[string]string{
	"tlsql_conn_seal":     "Write must not change the bytes it is given, as io.Writer says",
	"tlsql_conn_headroom": "see tlsql_conn_seal",
	"tlsql_conn_tailroom": "see tlsql_conn_seal",
}

var fieldsNotExposed = map[string]string{
	"struct_size":   "set by the package",
	"view_off":      "see view_len",
	"app_out_made":  "Read decrypts in place: see view_len",
	"need_wire_in":  "the buffer has room for any record",
	"need_wire_out": "the buffer has room for any record",
	"need_app_out":  "Read decrypts in place without a limit",
	"phase":         "tlsql_conn_phase tells it",
}

// Prefixes of families of constants, and those of their names here.
var families = [][2]string{
	{"TLSQL_E_", "Code"},
	{"TLSQL_PHASE_", "Phase"},
	{"TLSQL_WANT_", "Want"},
	{"TLSQL_EVENT_", "Event"},
	{"TLSQL_OUTCOME_", "Outcome"},
	{"TLSQL_VERIFY_", "Verify"},
	{"TLSQL_NAME_", "Name"},
	{"TLSQL_SEVERITY_", "Severity"},
	{"TLSQL_ALERT_", "Alert"},
	{"TLSQL_PASSWORD_", "Password"},
	{"TLSQL_RELOAD_", "Reload"},
}

var singleConstants = map[string]string{
	"TLSQL_OK":              "CodeOK",
	"TLSQL_CLIENT":          "RoleClient",
	"TLSQL_SERVER":          "RoleServer",
	"TLSQL_VERSION_NUMBER":  "HeaderVersion",
	"TLSQL_ABI_VERSION":     "HeaderABIVersion",
	"TLSQL_TICKET_KEY_SIZE": "TicketKeySize",
}

func TestConstantsOfTheHeader(t *testing.T) {
	defined := matches(header(t), `(?m)^# ?define (TLSQL_\w+)`)
	if len(defined) < 100 {
		t.Fatalf("only %d constants in the header", len(defined))
	}
	exposed := map[string]string{} // by their names in C
	for _, file := range sources(t) {
		for name, object := range file.Scope.Objects {
			spec, ok := object.Decl.(*ast.ValueSpec)
			if object.Kind != ast.Con || !ok || !ast.IsExported(name) {
				continue
			}
			for _, value := range spec.Values {
				for c := range usedOfC(value) {
					exposed[c] = name
				}
			}
		}
	}
	for _, c := range defined {
		want := goName(c)
		if _, ok := constantsNotExposed[c]; ok {
			if want != "" && exposed[c] != "" {
				t.Errorf("%s is exposed and listed as not exposed", c)
			}
			continue
		}
		if exposed[c] != want || want == "" {
			t.Errorf("%s should be %q and is %q", c, want, exposed[c])
		}
	}
	stale(t, constantsNotExposed, defined)
}

func TestFunctionsOfTheHeader(t *testing.T) {
	declared := matches(header(t), `(?m)^(?:TLSQL_API\s.*?|[a-z].*?)\b(tlsql_\w+)\(`)
	if len(declared) < 60 {
		t.Fatalf("only %d functions in the header", len(declared))
	}
	used := reachable(sources(t))
	for _, c := range declared {
		_, listed := functionsNotNeeded[c]
		switch {
		case listed && used[c]:
			t.Errorf("%s is used and listed as not needed", c)
		case !listed && !used[c]:
			t.Errorf("a program cannot reach %s", c)
		}
	}
	stale(t, functionsNotNeeded, declared)
}

func TestFieldsOfTheHeader(t *testing.T) {
	text := header(t)
	used := map[string]bool{}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				used[n.Sel.Name] = true
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok {
					used[key.Name] = true
				}
			}
			return true
		})
	}
	var fields []string
	for _, body := range matches(text, `(?s)typedef struct \w+ \{(.*?)\n\}`) {
		fields = append(fields, matches(body, `(?m)^  [a-z].*?(\w+)(?:\[\w+\])?;`)...)
	}
	if len(fields) < 40 {
		t.Fatalf("only %d fields in the header", len(fields))
	}
	for _, field := range fields {
		if _, listed := fieldsNotExposed[field]; !listed && !used[field] {
			t.Errorf("the field %s is never read", field)
		}
	}
	stale(t, fieldsNotExposed, fields)
}

func header(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../include/tlsql.h")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool {
		return !strings.HasSuffix(f.Name(), "_test.go")
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return packages["tlsql"].Files
}

// matches returns the first group of each match.
func matches(text, pattern string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

func stale(t *testing.T, listed map[string]string, present []string) {
	t.Helper()
	in := map[string]bool{}
	for _, name := range present {
		in[name] = true
	}
	for name := range listed {
		if !in[name] {
			t.Errorf("%s is listed here and not in the header", name)
		}
	}
}

// goName returns the name that a constant must have here.
func goName(c string) string {
	if name := singleConstants[c]; name != "" {
		return name
	}
	for _, family := range families {
		if rest := strings.TrimPrefix(c, family[0]); rest != c {
			name := family[1]
			for _, word := range strings.Split(rest, "_") {
				name += capitals(word)
			}
			return name
		}
	}
	return ""
}

func capitals(word string) string {
	switch word {
	case "CA", "CBC", "CRL", "DH", "EOF", "PEM", "RSA", "SAN", "SSL", "TLS", "X509":
		return word
	case "MYSQL":
		return "MySQL"
	case "OPENSSL1", "OPENSSL3":
		return "OpenSSL" + word[len("OPENSSL"):]
	}
	return word[:1] + strings.ToLower(word[1:])
}

// usedOfC returns the names of C that a part of the source uses.
func usedOfC(part ast.Node) map[string]bool {
	used := map[string]bool{}
	ast.Inspect(part, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "C" {
				used[s.Sel.Name] = true
			}
		}
		return true
	})
	return used
}

// reachable returns the names of C that exported functions and methods use, directly or through
// others. Functions are told apart by their names only.
func reachable(files map[string]*ast.File) map[string]bool {
	bodies := map[string][]ast.Node{}
	var next []string
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				bodies[f.Name.Name] = append(bodies[f.Name.Name], f.Body)
				if f.Name.IsExported() {
					next = append(next, f.Name.Name)
				}
			}
		}
	}
	used := map[string]bool{}
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		for _, body := range bodies[name] {
			for c := range usedOfC(body) {
				used[c] = true
			}
			ast.Inspect(body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					next = append(next, id.Name)
				}
				return true
			})
		}
		delete(bodies, name)
	}
	return used
}
