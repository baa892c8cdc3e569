package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Webhook posts the digest as JSON. With a secret it is signed as the Standard Webhooks specification 1.0 says:
// receivers have libraries for that in every language.
type Webhook struct {
	URL     string
	Secret  string            // whsec_ and a key in base64, or any text; empty for no signature
	Headers map[string]string // further ones
	Now     func() time.Time
}

var _ Hook = (*Webhook)(nil)

// Send implements Hook.
func (w *Webhook) Send(ctx context.Context, d *Digest) error {
	body, err := d.message()
	if err != nil {
		return err
	}
	p := poster{url: w.URL, secrets: []string{w.Secret}}
	for _, value := range w.Headers {
		_, token, _ := strings.Cut(value, " ") // Bearer …
		p.secrets = append(p.secrets, value, token)
	}
	return p.post(ctx, body, func() http.Header {
		headers := http.Header{}
		for name, value := range w.Headers {
			headers.Set(name, value)
		}
		at := strconv.FormatInt(w.Now().Unix(), 10)
		headers.Set("Webhook-Id", d.RunID)
		headers.Set("Webhook-Timestamp", at)
		if w.Secret != "" {
			headers.Set("Webhook-Signature", "v1,"+sign(signingKey(w.Secret), d.RunID+"."+at+"."+string(body)))
		}
		return headers
	})
}

// signingKey is the key that a secret stands for.
func signingKey(secret string) []byte {
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return key
		}
	}
	return []byte(secret)
}

// sign is the HMAC-SHA256 (RFC 2104) of a text, in base64.
func sign(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
