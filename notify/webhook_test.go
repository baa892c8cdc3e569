package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// digest is one with a finding.
func digest() *Digest {
	return Summarize(runOf(drifted("a", found("x", metrics.Mean, drift.High))), everything)
}

// serve answers requests until the test ends.
func serve(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server
}

const secretPath = "/services/T0/opensesame?token=opensesame"

func webhook(url string) *Webhook {
	return &Webhook{URL: url + secretPath, Secret: "opensesame", Headers: map[string]string{"Authorization": "Bearer opensesame"}, Now: func() time.Time { return noon }}
}

func TestASignatureIsThatOfTheSpecification(t *testing.T) {
	// The test vector of Standard Webhooks.
	got := sign(signingKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), `msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}`)
	if got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("got %s", got)
	}
}

func TestAWebhookGetsTheDigestSigned(t *testing.T) {
	for secret, key := range map[string]string{"opensesame": "opensesame", "whsec_b3BlbnNlc2FtZQ==": "opensesame"} {
		var body []byte
		var header http.Header
		server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			body, _ = io.ReadAll(r.Body)
			header = r.Header
		})
		w := webhook(server.URL)
		w.Secret = secret
		if err := w.Send(t.Context(), digest()); err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, []byte(key))
		for _, part := range []string{header.Get("webhook-id"), ".", header.Get("webhook-timestamp"), ".", string(body)} {
			io.WriteString(mac, part)
		}
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); header.Get("webhook-signature") != want {
			t.Errorf("signature %s, want %s", header.Get("webhook-signature"), want)
		}
		if header.Get("webhook-timestamp") != "1767355200" || header.Get("Authorization") != "Bearer opensesame" || header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", header)
		}
		var message struct {
			Findings []struct{ Table, Column string }
		}
		if err := json.Unmarshal(body, &message); err != nil || len(message.Findings) != 1 || message.Findings[0].Table != "s.a" {
			t.Errorf("%v: %s", err, body)
		}
	}
}

func TestWhatPassesIsTriedAgainAndWhatDoesNotIsNot(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []int
		tries   int64
		err     string // empty for none
	}{
		{"taken", []int{204}, 1, ""},
		{"unavailable, then taken", []int{503, 200}, 2, ""},
		{"too many requests, then taken", []int{429, 202}, 2, ""},
		{"refused", []int{400}, 1, "400 Bad Request"},
		{"gone", []int{404}, 1, "404 Not Found"},
		{"unavailable, then refused", []int{500, 403}, 2, "403 Forbidden: *** says *** (the last of 2 tries)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int64
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(test.answers[min(int(tries.Add(1))-1, len(test.answers)-1)])
				io.WriteString(w, r.URL.RequestURI()+" says "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			})
			err := webhook(server.URL).Send(t.Context(), digest())
			if tries.Load() != test.tries {
				t.Errorf("%d tries, want %d", tries.Load(), test.tries)
			}
			switch {
			case test.err == "" && err != nil, test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

func TestAWaitBeyondTheTimeIsNotBegun(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3000")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour/2)
	defer cancel()
	if err := webhook(server.URL).Send(ctx, digest()); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("error %v", err)
	}
}

func TestAServerThatDoesNotAnswerTakesNoLongerThanTheTimeout(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	defer server.Close()
	defer close(done)
	d := Send(t.Context(), runOf(failed("a")), []Recipient{{Name: "w", Hook: webhook(server.URL), Filter: everything, Timeout: 50 * time.Millisecond}})[0]
	if d.Sent || !errors.Is(d.Err, context.DeadlineExceeded) {
		t.Errorf("got %+v", d)
	}
	secretFree(t, d.Err)
}

func TestAnAnswerWithoutEndIsNotRead(t *testing.T) {
	for _, code := range []int{200, 400} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			for r.Context().Err() == nil { // for as long as somebody listens
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		})
		err := webhook(server.URL).Send(t.Context(), digest())
		if (err == nil) != (code == 200) || err != nil && len(err.Error()) > 1000 {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the digest went to another host") })
	for _, code := range []int{301, 302, 303, 307, 308} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.RequestURI(), code)
		})
		err := webhook(server.URL).Send(t.Context(), digest())
		if err == nil || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: error %v", code, err)
		}
		secretFree(t, err)
	}
}

// secretFree fails the test where an error holds what is secret.
func secretFree(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
	} else if strings.Contains(err.Error(), "opensesame") {
		t.Errorf("a secret is told: %v", err)
	}
}

func TestNoErrorTellsASecret(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	noHTTP := serve(t, func(w http.ResponseWriter, r *http.Request) {
		connection, _, _ := w.(http.Hijacker).Hijack()
		io.WriteString(connection, "opensesame is no HTTP\r\n\r\n")
		connection.Close()
	})
	untrusted := httptest.NewUnstartedServer(nil)
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	repeats := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "Cannot POST "+r.URL.String()+" nor "+r.URL.Path+" nor "+r.URL.Query().Get("token"))
	})
	for name, url := range map[string]string{
		"nobody listens":              closed.URL,
		"no HTTP":                     noHTTP.URL,
		"a certificate of nobody's":   untrusted.URL,
		"a server that repeats":       repeats.URL,
		"no host of that name":        "http://nobody.invalid",
		"a user and a password":       strings.Replace(repeats.URL, "//", "//opensesame:opensesame@", 1),
		"no URL":                      "http://[opensesame",
		"a scheme that is not spoken": "gopher://opensesame@x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			secretFree(t, webhook(url).Send(ctx, digest()))
			secretFree(t, (&Slack{URL: url + secretPath}).Send(ctx, digest()))
		})
	}
}
