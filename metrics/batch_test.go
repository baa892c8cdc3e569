package metrics

import "testing"

func TestABatchGivesUpTheMemoryOfALargeValue(t *testing.T) {
	b := Batch{Vectors: make([]Vector, 100)}
	large := make([]byte, 1<<20)
	for i := range b.Vectors { // a large value in a column after the other
		b.Vectors[i].Texts.Append(large)
		b.Reset()
	}
	b.Reset()
	kept := 0
	for i := range b.Vectors {
		kept += cap(b.Vectors[i].Texts.data)
	}
	if kept > 2*len(large) {
		t.Errorf("the batch keeps %d bytes", kept)
	}
}
