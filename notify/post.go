package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// poster posts JSON to one URL, which is a secret as a whole.
type poster struct {
	url     string
	secrets []string // besides the URL, what no message may hold
}

// client follows no redirect: a digest, its signature and its headers are for the host that the config names.
// Proxies are the environment's.
var client = &http.Client{
	Transport:     transport(),
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = 64 << 10
	t.DisableKeepAlives = true // one request a run
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		proxy, err := http.ProxyFromEnvironment(r)
		if err != nil {
			return nil, errors.New("the environment's proxy is no URL") // the error quotes it, with its password
		}
		return proxy, nil
	}
	return t
}

// post posts a body until the server takes it, refuses it for good, or the context ends. The headers are made
// anew for each try.
func (p *poster) post(ctx context.Context, body []byte, headers func() http.Header) error {
	target, err := url.Parse(p.url)
	if err != nil {
		return errors.New("the URL is none") // the error quotes it
	}
	return retry(ctx, func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
		if err != nil {
			return errors.New("the URL is none")
		}
		request.Header = headers()
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("User-Agent", "baselinr-pipes")
		response, err := client.Do(request)
		if err != nil {
			return p.unsent(ctx, target, err)
		}
		defer response.Body.Close()
		return p.answer(target, response)
	})
}

// unsent is why no answer came.
func (p *poster) unsent(ctx context.Context, target *url.URL, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // without the URL
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s did not answer: %w", target.Host, ctx.Err())
	}
	told := fmt.Errorf("%s cannot be reached: %s", target.Host, p.quotable(target, err.Error()))
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return told
	}
	return &passing{error: told}
}

// answer is what a server's answer means: nil where it took the request.
func (p *poster) answer(target *url.URL, response *http.Response) error {
	const enoughToQuote = 4 << 10
	said, _ := io.ReadAll(io.LimitReader(response.Body, enoughToQuote))
	code := response.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	text := fmt.Sprintf("%s answered %d %s", target.Host, code, http.StatusText(code))
	if code >= 300 && code < 400 {
		return errors.New(text + ", a redirect, which is not followed; name the URL that it leads to")
	}
	if quote := p.quotable(target, string(said)); quote != "" {
		text += ": " + quote
	}
	switch {
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return &passing{errors.New(text), retryAfter(response.Header.Get("Retry-After"))}
	}
	return errors.New(text)
}

// retryAfter reads a header Retry-After (RFC 9110, section 10.2.3).
func retryAfter(header string) time.Duration {
	if n, err := strconv.Atoi(header); err == nil && n > 0 {
		return time.Duration(min(n, 3600)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// quotable makes one line of what somebody else wrote, without what is secret: servers repeat what they were asked.
func (p *poster) quotable(target *url.URL, text string) string {
	secrets := append([]string{p.url, target.RequestURI(), target.EscapedPath(), target.Path, target.RawQuery}, p.secrets...)
	if target.User != nil {
		password, _ := target.User.Password()
		secrets = append(secrets, target.User.String(), password)
	}
	for _, values := range target.Query() {
		secrets = append(secrets, values...)
	}
	for _, secret := range secrets {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return line(text)
}
