package s3_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/pipes/s3"
)

// The AWS SDK runs here against a server that keeps objects by path. A fuller S3, read by Dagster's own readers, is in
// tests/pipes.
type bucketServer struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func (s *bucketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.HasPrefix(r.URL.Path, "/pipes/") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch r.Method {
	case http.MethodPut:
		content, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.objects[r.URL.Path] = content
	case http.MethodGet:
		content, ok := s.objects[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(content)
	}
}

func (s *bucketServer) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

func newClient(t *testing.T, objects map[string][]byte) (*awss3.Client, *bucketServer) {
	t.Helper()
	server := &bucketServer{objects: objects}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": listener.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true }), server
}

func params(t *testing.T, texts map[string]string) pipes.Params {
	t.Helper()
	params := pipes.Params{}
	for name, text := range texts {
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		params[name] = raw
	}
	return params
}

func TestTheContextIsTheObject(t *testing.T) {
	client, _ := newClient(t, map[string][]byte{"/pipes/x/context.json": []byte(`{"run_id":"r"}`)})
	loader := s3.NewContextLoader(client)
	raw, err := loader.LoadContext(context.Background(), params(t, map[string]string{"bucket": "pipes", "key": "x/context.json"}))
	if err != nil || string(raw) != `{"run_id":"r"}` {
		t.Errorf("got %s, %v", raw, err)
	}
}

func TestChunksLieWhereTheReaderLooks(t *testing.T) {
	for _, test := range []struct {
		name   string
		params map[string]string
		want   []string
	}{
		{"under the prefix", map[string]string{"bucket": "pipes", "key_prefix": "p"}, []string{"/pipes/p/1.json", "/pipes/p/2.json"}},
		{"at the root where there is no prefix", map[string]string{"bucket": "pipes"}, []string{"/pipes/1.json", "/pipes/2.json"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := newClient(t, map[string][]byte{})
			ctx := context.Background()
			channel, err := s3.NewMessageWriter(client).OpenMessages(ctx, params(t, test.params))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(
				channel.WriteMessages(ctx, []byte("1\n")), channel.WriteMessages(ctx, []byte("2\n")),
				channel.WriteMessages(ctx, []byte("3\n")), channel.(pipes.Flusher).Flush(ctx), channel.Close(ctx),
			); err != nil {
				t.Fatal(err)
			}
			if got := server.paths(); !slices.Equal(got, test.want) {
				t.Errorf("want %v, got %v", test.want, got)
			}
			if first, second := string(server.objects[test.want[0]]), string(server.objects[test.want[1]]); first != "1\n" || second != "2\n3\n" {
				t.Errorf("got %q and %q", first, second)
			}
		})
	}
}

func TestAnErrorNamesTheObject(t *testing.T) {
	client, _ := newClient(t, map[string][]byte{})
	ctx := context.Background()
	_, err := s3.NewContextLoader(client).LoadContext(ctx, params(t, map[string]string{"bucket": "pipes", "key": "k"}))
	if err == nil || !strings.Contains(err.Error(), "s3://pipes/k") {
		t.Errorf("load: got %v", err)
	}
	channel, err := s3.NewMessageWriter(client).OpenMessages(ctx, params(t, map[string]string{"bucket": "forbidden"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := channel.WriteMessages(ctx, []byte("1\n")); err == nil || !strings.Contains(err.Error(), "s3://forbidden/1.json") {
		t.Errorf("write: got %v", err)
	}
}

func TestMissingParametersAreErrors(t *testing.T) {
	client, _ := newClient(t, map[string][]byte{})
	ctx := context.Background()
	for name, texts := range map[string]map[string]string{"no key": {"bucket": "pipes"}, "no bucket": {"path": "p"}} {
		if _, err := s3.NewContextLoader(client).LoadContext(ctx, params(t, texts)); err == nil {
			t.Errorf("context, %s: want an error", name)
		}
	}
	if _, err := s3.NewMessageWriter(client).OpenMessages(ctx, params(t, map[string]string{"path": "p"})); err == nil {
		t.Error("messages, no bucket: want an error")
	}
}
