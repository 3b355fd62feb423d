// The texts: each line follows from seed, name and number alone, starts with its id (or has it in the field `id` when it
// is JSON), and is one of the kinds that log pipelines are known to damage.
package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	plain     = "plain"
	multibyte = "multibyte"
	structure = "json"

	bigBytes = 15 * 1000
	// Container runtimes split what is written in one piece at 16 KiB. The least is just above, the most needs four pieces.
	hugeLeastBytes = 16*1024 + 1
	hugeMostBytes  = 60 * 1024
)

var smallKinds = []string{plain, multibyte, structure}

var plainWords = append(strings.Fields("request served in time user order cache miss retry queue full node index shard "+
	"ready connection reset by peer path=/api/v1/items?page=2&sort=name status=200 \"quoted\" back\\slash <b>&amp;"),
	"tab\there", "\x1b[31mcoloured\x1b[0m")

// Of two, three and four bytes, so that every split position falls into a character at some time.
var multibyteWords = strings.Fields("größer naïve Ελλάδα привет 日本語のログ 한국어 עברית 𝒳 🥊 👩‍💻 é e\u0301 ﬁ")

type textOptions struct {
	name      string
	seed      uint64
	kinds     []string
	bigEvery  int
	hugeEvery int
}

func (o textOptions) check() error {
	if o.name == "" || strings.ContainsAny(o.name, " \"\\\n\t") {
		return fmt.Errorf("--name %q must be a word without quotes or backslashes", o.name)
	}
	if o.bigEvery < 0 || o.hugeEvery < 0 {
		return fmt.Errorf("--big-every %d and --huge-every %d must not be negative", o.bigEvery, o.hugeEvery)
	}
	for _, kind := range o.kinds {
		if !slices.Contains(smallKinds, kind) {
			return fmt.Errorf("--kinds: %q is none of %s", kind, strings.Join(smallKinds, ", "))
		}
	}
	return nil
}

// line gives the id and the whole text (without line end) of the line with this number, counted from 1.
func (o textOptions) line(number int) (id, text string) {
	id = fmt.Sprintf("%s-%07d", o.name, number)
	random := o.random(number)
	switch {
	case isEvery(number, o.hugeEvery):
		size := hugeLeastBytes + random.IntN(hugeMostBytes-hugeLeastBytes)
		return id, words(random, id, append(plainWords[:len(plainWords):len(plainWords)], multibyteWords...), size)
	case isEvery(number, o.bigEvery):
		return id, words(random, id, plainWords, bigBytes)
	}
	size := 80 + random.IntN(200)
	switch o.kinds[number%len(o.kinds)] {
	case multibyte:
		return id, words(random, id, multibyteWords, size)
	case structure:
		return id, object(random, id, number, size)
	default:
		return id, words(random, id, plainWords, size)
	}
}

func isEvery(number, every int) bool { return every > 0 && number%every == 0 }

func (o textOptions) random(number int) *rand.Rand {
	name := fnv.New64a()
	_, _ = name.Write([]byte(o.name))
	return rand.New(rand.NewPCG(o.seed^name.Sum64(), uint64(number)))
}

// words is the id and then words, of at least `size` bytes in all.
func words(random *rand.Rand, id string, vocabulary []string, size int) string {
	var text strings.Builder
	text.WriteString(id)
	for text.Len() < size {
		text.WriteByte(' ')
		text.WriteString(vocabulary[random.IntN(len(vocabulary))])
	}
	return text.String()
}

func object(random *rand.Rand, id string, number, size int) string {
	text, err := json.Marshal(struct {
		ID      string  `json:"id"`
		Level   string  `json:"level"`
		Number  int     `json:"number"`
		Ratio   float64 `json:"ratio"`
		Message string  `json:"message"`
		Nested  any     `json:"nested"`
	}{
		id, []string{"debug", "info", "error"}[random.IntN(3)], number, random.Float64(),
		words(random, "said", multibyteWords, size), map[string]any{"a.b": true, "list": []int{1, 2}},
	})
	if err != nil {
		panic(err) // cannot happen: every field can be encoded
	}
	return string(text)
}
