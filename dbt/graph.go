package dbt

// set holds unique IDs.
type set map[string]bool

func (s set) add(other set) {
	for id := range other {
		s[id] = true
	}
}

// graph holds who depends on whom.
type graph struct{ parents, children map[string][]string }

// newGraph makes the graph of the nodes; what they depend on and is not among them is left out.
func newGraph(nodes map[string]*node) graph {
	g := graph{parents: map[string][]string{}, children: map[string][]string{}}
	for id, n := range nodes {
		for _, parent := range n.DependsOn.Nodes {
			if nodes[parent] != nil {
				g.parents[id] = append(g.parents[id], parent)
				g.children[parent] = append(g.children[parent], id)
			}
		}
	}
	return g
}

// unlimited as a depth follows edges to their end.
const unlimited = -1

// reach returns what is at most depth edges away from a start; a start is within only where an edge leads to it.
func reach(edges map[string][]string, from set, depth int) set {
	reached, layer := set{}, from
	for ; len(layer) > 0 && depth != 0; depth-- {
		next := set{}
		for id := range layer {
			for _, neighbour := range edges[id] {
				if !reached[neighbour] {
					next[neighbour] = true
				}
			}
		}
		reached.add(next)
		layer = next
	}
	return reached
}
