package dbt

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// selection is an expression, ready to be evaluated.
type selection interface {
	pick(*evaluation) (set, error)
}

type (
	union        []selection
	intersection []selection
	difference   struct{ from, less selection }
)

func (u union) pick(e *evaluation) (set, error) {
	picked := set{}
	for _, part := range u {
		s, err := part.pick(e)
		if err != nil {
			return nil, err
		}
		picked.add(s)
	}
	return picked, nil
}

func (i intersection) pick(e *evaluation) (set, error) {
	var picked set
	for _, part := range i {
		s, err := part.pick(e)
		if err != nil {
			return nil, err
		}
		if picked == nil {
			picked = set{}
			picked.add(s)
		}
		for id := range picked {
			if !s[id] {
				delete(picked, id)
			}
		}
	}
	return picked, nil
}

func (d difference) pick(e *evaluation) (set, error) {
	from, err := d.from.pick(e)
	if err != nil {
		return nil, err
	}
	less, err := d.less.pick(e)
	if err != nil {
		return nil, err
	}
	picked := set{}
	for id := range from {
		if !less[id] {
			picked[id] = true
		}
	}
	return picked, nil
}

// parseExpression reads an expression as dbt's --select does: spaces unite, commas intersect.
func parseExpression(text string) (selection, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, fmt.Errorf("selects nothing; write a name, or a method and a value as in tag:nightly")
	}
	var all union
	for _, word := range words {
		if strings.HasPrefix(word, "--") {
			return nil, fmt.Errorf("%q is an option of dbt's command line; write what follows --select, or name a selector with exclude as selector:name", word)
		}
		if parts := unitedByPlus(word); parts != nil {
			all = append(all, parts)
			continue
		}
		var every intersection
		for _, part := range strings.Split(word, ",") {
			c, err := parseCriterion(part)
			if err != nil {
				return nil, err
			}
			every = append(every, c)
		}
		all = append(all, every)
	}
	return all, nil
}

// plusWithin is a word in which baselinr 0.9 reads a plus as a union: to dbt it would be a part of a name,
// which no name has.
var plusWithin = regexp.MustCompile(`^[^+@,]*[^+@,\d](\+[^+@,]*[^+@,\d])+$`)

func unitedByPlus(word string) union {
	if !plusWithin.MatchString(word) {
		return nil
	}
	var parts union
	for _, part := range strings.Split(word, "+") {
		c, err := parseCriterion(part)
		if err != nil {
			return nil
		}
		parts = append(parts, c)
	}
	return parts
}

// criterion is one condition, and which neighbours of what it selects are selected with it.
type criterion struct {
	method    string
	arguments []string // what follows the method's name after dots
	value     any      // text, but for what selectors.yml may write otherwise

	childrensParents bool
	parents          bool
	parentsDepth     int
	children         bool
	childrenDepth    int
}

// criterionForm is dbt's RAW_SELECTOR_PATTERN.
var criterionForm = regexp.MustCompile(`\A(@)?((\d*)\+)?(?:([\w.]+):)?(.*?)(\+(\d*))?\z`)

func parseCriterion(text string) (criterion, error) {
	m := criterionForm.FindStringSubmatch(text)
	if m == nil {
		return criterion{}, fmt.Errorf("%q is no selector", text)
	}
	c := criterion{
		value:            m[5],
		childrensParents: m[1] != "",
		parents:          m[2] != "",
		parentsDepth:     unlimited,
		children:         m[6] != "",
		childrenDepth:    unlimited,
	}
	if m[5] == "" {
		return c, fmt.Errorf("%q names nothing; write a name, or a method and a value as in tag:nightly", text)
	}
	if c.childrensParents && c.children {
		return c, fmt.Errorf("%q: @ before and + after contradict each other; keep one", text)
	}
	var err error
	if c.parentsDepth, err = depth(m[3]); err == nil {
		c.childrenDepth, err = depth(m[7])
	}
	if err != nil {
		return c, fmt.Errorf("%q: %w", text, err)
	}
	return c, c.setMethod(m[4])
}

func depth(digits string) (int, error) {
	if digits == "" {
		return unlimited, nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("%s is no number of edges", digits)
	}
	return n, nil
}

// setMethod sets the method, which is guessed from the value where it is not named.
func (c *criterion) setMethod(name string) error {
	value := fmt.Sprint(c.value)
	if name == "" {
		switch lower := strings.ToLower(value); {
		case strings.Contains(value, "/"):
			c.method = "path"
		case strings.HasSuffix(lower, ".sql"), strings.HasSuffix(lower, ".py"), strings.HasSuffix(lower, ".csv"):
			c.method = "file"
		default:
			c.method = "fqn"
		}
		return nil
	}
	parts := strings.Split(name, ".")
	c.method, c.arguments = parts[0], parts[1:]
	return checkMethod(c.method, value)
}

// String is the criterion's core as messages quote it.
func (c criterion) String() string {
	if c.method == "fqn" {
		return fmt.Sprint(c.value)
	}
	return strings.Join(append([]string{c.method}, c.arguments...), ".") + ":" + fmt.Sprint(c.value)
}
