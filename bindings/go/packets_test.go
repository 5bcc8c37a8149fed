package tlsql

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

const (
	capSSL       = 0x800
	capabilities = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x80000 // 4.1, secure, plugin
	plugin       = "mysql_native_password"
)

var (
	salt        = []byte("abcdefghijklmnopqrst")
	testRequest = Request{Capabilities: capabilities, MaxPacket: 1 << 24, Charset: 45}
)

func packet(sequence uint8, payload []byte) []byte {
	n := len(payload)
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), sequence}, payload...)
}

// greeting is a server's, without its header.
func greeting(capabilities uint32) []byte {
	b := append([]byte("\x0a8.0.36\x00\x07\x00\x00\x00"), salt[:8]...)
	b = append(b, 0, byte(capabilities), byte(capabilities>>8), 45, 2, 0,
		byte(capabilities>>16), byte(capabilities>>24), 21)
	b = append(append(append(b, make([]byte, 10)...), salt[8:]...), 0)
	return append(b, plugin+"\x00"...)
}

// native is mysql_native_password: SHA1(password) XOR SHA1(salt + SHA1(SHA1(password))).
func native(password string, salt []byte) []byte {
	if password == "" {
		return nil
	}
	once := sha1.Sum([]byte(password))
	twice := sha1.Sum(once[:])
	mask := sha1.Sum(append(append([]byte{}, salt...), twice[:]...))
	for i := range once {
		once[i] ^= mask[i]
	}
	return once[:]
}

// login is HandshakeResponse41, without its header.
func login(r Request, user string, answer []byte) []byte {
	b := make([]byte, 32)
	binary.LittleEndian.PutUint32(b, r.Capabilities)
	binary.LittleEndian.PutUint32(b[4:], r.MaxPacket)
	b[8] = byte(r.Charset)
	b = append(b, user+"\x00"...)
	b = append(append(b, byte(len(answer))), answer...)
	return append(b, plugin+"\x00"...)
}

func readPacket(c net.Conn) (uint8, []byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return 0, nil, err
	}
	payload := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err := io.ReadFull(c, payload)
	return head[3], payload, err
}

// query logs in over c and runs sql, whose rows have one column each.
func query(c *Conn, repeat Request, user, password, sql string) (rows []string, err error) {
	g, err := c.Greeting()
	if err != nil {
		return nil, err
	}
	answer := native(password, g.AuthData[:20])
	if _, err := c.Write(packet(c.ConnectionState().Sequence, login(repeat, user, answer))); err != nil {
		return nil, err
	}
	n, p, err := readPacket(c)
	if err == nil && p[0] == 0xfe { // another plugin, or another salt
		name, salt, _ := bytes.Cut(p[1:], []byte{0})
		if string(name) != plugin {
			return nil, fmt.Errorf("only %s is spoken here, not %s", plugin, name)
		}
		if _, err := c.Write(packet(n+1, native(password, salt[:20]))); err != nil {
			return nil, err
		}
		_, p, err = readPacket(c)
	}
	if err != nil || p[0] != 0 {
		return nil, fmt.Errorf("login: %q, %v", p, err)
	}
	if _, err := c.Write(packet(0, append([]byte{3}, sql...))); err != nil {
		return nil, err
	}
	if _, p, err = readPacket(c); err != nil || !bytes.Equal(p, []byte{1}) {
		return nil, fmt.Errorf("number of columns: %q, %v", p, err)
	}
	for ends := 0; ends < 2; {
		if _, p, err = readPacket(c); err != nil {
			return nil, err
		}
		if p[0] == 0xfe && len(p) < 9 {
			ends++
		} else if ends == 1 {
			rows = append(rows, string(p[1:1+int(p[0])]))
		}
	}
	_, err = c.Write(packet(0, []byte{1})) // COM_QUIT
	return rows, err
}
