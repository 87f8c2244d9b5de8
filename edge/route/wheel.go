package route

// wheel lays weights out as a sequence in which each index comes as often as its weight says, and as evenly as can be
// (nginx's smooth weighted round robin): a canary of 5 % gets every twentieth request, not a burst of five in a hundred.
// Weights of zero do not come. The sequence is made once per table change; choosing is then one atomic addition.
func wheel(weights []int) []int {
	weights = reduce(weights)
	total := 0
	for _, w := range weights {
		total += w
	}
	out := make([]int, 0, total)
	current := make([]int, len(weights))
	for range total {
		best := -1
		for i, w := range weights {
			if w == 0 {
				continue
			}
			current[i] += w
			if best < 0 || current[i] > current[best] {
				best = i
			}
		}
		current[best] -= total
		out = append(out, best)
	}
	return out
}

// reduce divides by the greatest common divisor and, if that is still too long a wheel, scales down.
func reduce(weights []int) []int {
	div, total := 0, 0
	for _, w := range weights {
		div = gcd(div, w)
	}
	out := make([]int, len(weights))
	for i, w := range weights {
		if div > 0 {
			out[i] = w / div
		}
		total += out[i]
	}
	if total <= maxSlots {
		return out
	}
	for i, w := range out {
		if w > 0 {
			out[i] = max(1, (w*maxSlots+total/2)/total)
		}
	}
	return out
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
