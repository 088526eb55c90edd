package client_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/httsleep/httsleep/client"
	"github.com/klauspost/compress/zstd"
)

// encode applies one coding.
func encode(coding string, data []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "raw":
		w, _ = flate.NewWriter(&b, 9)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, _ = zstd.NewWriter(&b)
	}
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func TestContentCodings(t *testing.T) {
	foo := []byte("foo")
	gz, z := encode("gzip", foo), encode("zlib", foo)
	three := bytes.Join([][]byte{gz, gz, gz}, nil)
	random := bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz0123456789"), 5000)
	for _, test := range []struct {
		name, header string
		body         []byte
		want, kind   string
	}{
		{"HI122_gzip", "gzip", gz, "foo", ""},
		{"HI122_x_gzip", "X-GZip", gz, "foo", ""},
		{"HI122_members", "gzip", three, "foofoofoo", ""},
		{"HI122_garbage_after", "gzip", append(bytes.Clone(three), "foo"...), "foofoofoo", ""},
		{"HI122_zeros_after", "gzip", append(bytes.Clone(gz), 0, 0, 0, 0), "foo", ""},
		{"HI122_bad_first", "gzip", []byte("foo"), "", "decode"},
		{"HI122_cut", "gzip", gz[:len(gz)-3], "", "decode"},
		{"HI122_wrong_sum", "gzip", append(bytes.Clone(gz[:len(gz)-8]), 1, 2, 3, 4, 3, 0, 0, 0), "", "decode"},
		{"HI123_zlib", "deflate", z, "foo", ""},
		{"HI123_raw", "deflate", encode("raw", foo), "foo", ""},
		{"HI123_bad", "deflate", []byte{0xff, 0xff, 0xff}, "", "decode"},
		{"HI124_br", "br", encode("br", random), string(random), ""},
		{"HI124_bad", "br", []byte("\xff\xff\xff\xff"), "", "decode"},
		{"zstd", "zstd", encode("zstd", random), string(random), ""},
		{"zstd_bad", "zstd", []byte("not zstd"), "", "decode"},
		{"HI125_stack", "deflate, gzip", encode("gzip", z), "foo", ""},
		{"HI125_three", "br,zstd,gzip", encode("gzip", encode("zstd", encode("br", foo))), "foo", ""},
		{"HI125_four", "gzip,gzip,gzip,gzip", gz, "", "decode"},
		{"HI125_unknown_stays", "aes256", []byte("xyz"), "xyz", ""},
		{"HI125_unknown_in_list_stays", "aes256, gzip", gz, string(gz), ""},
		{"HI125_identity", "identity", foo, "foo", ""},
		{"empty_has_no_coding", "gzip", nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Encoding", test.header)
				w.Write(test.body)
			})
			c := newClient(t, client.Options{})
			resp, err := c.Do(t.Context(), &client.Request{URL: s.URL})
			if test.kind != "" {
				wantKind(t, err, test.kind, client.ErrDecode)
				if coding, _, _ := strings.Cut(test.header, ","); !strings.Contains(err.Error(), coding) && !strings.Contains(err.Error(), "codings") {
					t.Error("HI-127: the coding is not named: ", err)
				}
				return
			}
			if err != nil || string(resp.Body) != test.want || resp.WireSize != int64(len(test.body)) {
				t.Fatalf("%d bytes, %d on the wire, %v", len(resp.Body), resp.WireSize, err)
			}
		})
	}
}

func TestHI126_RawLeavesTheCoding(t *testing.T) {
	gz := encode("gzip", []byte("foo"))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gz)
	})
	resp := do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL, Raw: true})
	if !bytes.HasPrefix(resp.Body, []byte{0x1f, 0x8b}) {
		t.Error(resp.Body)
	}
}

func TestS42_ZstdWindowIsCapped(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(16<<20))
	if err != nil {
		t.Fatal(err)
	}
	w.Write(bytes.Repeat([]byte("0123456789"), 2<<20))
	w.Close()
	s := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Encoding", "zstd")
		rw.Write(b.Bytes())
	})
	_, err = newClient(t, client.Options{MaxBody: 100 << 20}).Do(t.Context(), &client.Request{URL: s.URL})
	wantKind(t, err, "decode")
}
