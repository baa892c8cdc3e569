package terminal

import "testing"

func TestATextThatIsNotOursStaysOnItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "naïve 名": "naïve 名", "new\nline": `new\nline`, "a\r\n\tb": `a\r\n\tb`, "\x1b[31mred": `\x1b[31mred`,
	} {
		if got := OneLine(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
