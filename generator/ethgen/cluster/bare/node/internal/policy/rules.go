// Package policy enforces NetworkPolicies with one nftables table that is replaced as a whole.
package policy

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Table is the name of the nftables table.
const Table = "ethgen-network-policy"

// Cluster is what the rules are made from.
type Cluster struct {
	Pods       []*core.Pod
	Namespaces []*core.Namespace
	Policies   []*networking.NetworkPolicy
}

// Ruleset returns the input for `nft -f -` that enforces the cluster's policies. It depends on nothing but its
// argument; the order of the lists does not matter.
//
// A packet of a known connection passes. Any other one first passes the chain of its sender's egress, then that of its
// receiver's ingress; a pod that no policy selects has none. In these chains `return` means allowed.
func Ruleset(cluster Cluster) (string, error) {
	rules := newRules(cluster)
	var chains []string
	jumps := map[networking.PolicyType][]string{}
	for _, pod := range rules.pods {
		for _, direction := range []networking.PolicyType{networking.PolicyTypeEgress, networking.PolicyTypeIngress} {
			statements, selected, err := rules.of(pod, direction)
			if err != nil {
				return "", err
			}
			if !selected {
				continue
			}
			name := strings.ToLower(string(direction)) + "-" + pod.Status.PodIP
			jumps[direction] = append(jumps[direction], fmt.Sprintf("%s : jump %s", pod.Status.PodIP, name))
			chains = append(chains, chain(name, append(statements, "drop")...))
		}
	}
	egress := vmap("ip saddr", jumps[networking.PolicyTypeEgress])
	ingress := vmap("ip daddr", jumps[networking.PolicyTypeIngress])
	known := "ct state established,related accept"
	forward := append([]string{"type filter hook forward priority filter; policy accept;", known}, append(egress, ingress...)...)
	input := append([]string{"type filter hook input priority filter; policy accept;", known}, egress...)
	chains = append(chains, chain("forward", forward...), chain("input", input...))
	// Adding it first makes the deletion valid where there is none yet; nft applies all of it or nothing.
	return fmt.Sprintf("table ip %[1]s\ndelete table ip %[1]s\ntable ip %[1]s {\n%[2]s}\n", Table, strings.Join(chains, "")), nil
}

type rules struct {
	pods       []*core.Pod
	namespaces map[string]labels.Set
	policies   []*networking.NetworkPolicy
}

func newRules(cluster Cluster) rules {
	built := rules{namespaces: map[string]labels.Set{}, policies: slices.Clone(cluster.Policies)}
	for _, namespace := range cluster.Namespaces {
		built.namespaces[namespace.Name] = namespace.Labels
	}
	for _, pod := range cluster.Pods {
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended {
			built.pods = append(built.pods, pod)
		}
	}
	slices.SortFunc(built.pods, func(a, b *core.Pod) int { return strings.Compare(a.Status.PodIP, b.Status.PodIP) })
	slices.SortFunc(built.policies, func(a, b *networking.NetworkPolicy) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return built
}

// of returns the statements that allow traffic of a pod in one direction, and whether any policy selects it there.
func (r rules) of(pod *core.Pod, direction networking.PolicyType) (statements []string, selected bool, err error) {
	for _, policy := range r.policies {
		if policy.Namespace != pod.Namespace || !slices.Contains(directions(policy), direction) {
			continue
		}
		matches, err := matches(&policy.Spec.PodSelector, pod.Labels)
		if err != nil {
			return nil, false, fmt.Errorf("policy %s/%s: %w", policy.Namespace, policy.Name, err)
		}
		if !matches {
			continue
		}
		selected = true
		for _, rule := range peersAndPorts(policy, direction) {
			allowed, err := r.allow(pod, policy.Namespace, direction, rule)
			if err != nil {
				return nil, false, fmt.Errorf("policy %s/%s: %w", policy.Namespace, policy.Name, err)
			}
			statements = append(statements, allowed...)
		}
	}
	return slices.Compact(statements), selected, nil
}

type rule struct {
	peers []networking.NetworkPolicyPeer
	ports []networking.NetworkPolicyPort
}

func peersAndPorts(policy *networking.NetworkPolicy, direction networking.PolicyType) []rule {
	var found []rule
	if direction == networking.PolicyTypeIngress {
		for _, ingress := range policy.Spec.Ingress {
			found = append(found, rule{ingress.From, ingress.Ports})
		}
		return found
	}
	for _, egress := range policy.Spec.Egress {
		found = append(found, rule{egress.To, egress.Ports})
	}
	return found
}

// directions returns the policy's types, by default ingress, and egress too where it has egress rules.
func directions(policy *networking.NetworkPolicy) []networking.PolicyType {
	if len(policy.Spec.PolicyTypes) > 0 {
		return policy.Spec.PolicyTypes
	}
	if len(policy.Spec.Egress) > 0 {
		return []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress}
	}
	return []networking.PolicyType{networking.PolicyTypeIngress}
}

// allow returns the statements of one rule: each of its peers on each of its ports.
func (r rules) allow(pod *core.Pod, namespace string, direction networking.PolicyType, rule rule) ([]string, error) {
	side := "ip saddr"
	if direction == networking.PolicyTypeEgress {
		side = "ip daddr"
	}
	peerPods, blocks, err := r.peers(namespace, rule.peers)
	if err != nil {
		return nil, err
	}
	var statements []string
	add := func(match string, ports []string) {
		for _, port := range ports {
			statements = append(statements, strings.Join(strings.Fields(match+" "+port+" return"), " "))
		}
	}
	// A named port is one of the receiver: of the pod itself, or of each peer.
	if len(rule.peers) == 0 {
		if direction == networking.PolicyTypeIngress {
			add("", portMatches(rule.ports, pod))
			return statements, nil
		}
		add("", portMatches(rule.ports, nil))
		for _, peer := range r.pods {
			add(side+" "+peer.Status.PodIP, namedOnly(rule.ports, peer))
		}
		return statements, nil
	}
	for _, block := range blocks {
		receiver := pod
		if direction == networking.PolicyTypeEgress {
			receiver = nil
		}
		add(blockMatch(side, block), portMatches(rule.ports, receiver))
	}
	if len(peerPods) > 0 {
		receiver := pod
		if direction == networking.PolicyTypeEgress {
			receiver = nil
		}
		var addresses []string
		for _, peer := range peerPods {
			addresses = append(addresses, peer.Status.PodIP)
		}
		add(fmt.Sprintf("%s { %s }", side, strings.Join(addresses, ", ")), portMatches(rule.ports, receiver))
		if direction == networking.PolicyTypeEgress {
			for _, peer := range peerPods {
				add(side+" "+peer.Status.PodIP, namedOnly(rule.ports, peer))
			}
		}
	}
	return statements, nil
}

// peers returns the pods and the address blocks that a rule names.
func (r rules) peers(namespace string, peers []networking.NetworkPolicyPeer) ([]*core.Pod, []*networking.IPBlock, error) {
	var blocks []*networking.IPBlock
	var found []*core.Pod
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if !strings.Contains(peer.IPBlock.CIDR, ":") { // the cluster has IPv4 alone
				blocks = append(blocks, peer.IPBlock)
			}
			continue
		}
		for _, pod := range r.pods {
			selected, err := r.selects(namespace, peer, pod)
			if err != nil {
				return nil, nil, err
			}
			if selected && !slices.Contains(found, pod) {
				found = append(found, pod)
			}
		}
	}
	return found, blocks, nil
}

func (r rules) selects(namespace string, peer networking.NetworkPolicyPeer, pod *core.Pod) (bool, error) {
	if peer.NamespaceSelector == nil && pod.Namespace != namespace {
		return false, nil
	}
	if peer.NamespaceSelector != nil {
		selected, err := matches(peer.NamespaceSelector, r.namespaces[pod.Namespace])
		if err != nil || !selected {
			return false, err
		}
	}
	if peer.PodSelector == nil {
		return true, nil
	}
	return matches(peer.PodSelector, pod.Labels)
}

// portMatches returns one match for each protocol and port; without ports one that matches all. Named ports are looked
// up in the receiver and left out where there is none.
func portMatches(ports []networking.NetworkPolicyPort, receiver *core.Pod) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var found []string
	for _, port := range ports {
		protocol := protocolOf(port)
		switch {
		case port.Port == nil:
			found = append(found, "meta l4proto "+protocol)
		case port.Port.Type == intstr.Int && port.EndPort != nil:
			found = append(found, fmt.Sprintf("%s dport %d-%d", protocol, port.Port.IntVal, *port.EndPort))
		case port.Port.Type == intstr.Int:
			found = append(found, fmt.Sprintf("%s dport %d", protocol, port.Port.IntVal))
		case receiver != nil:
			found = append(found, named(port, receiver)...)
		}
	}
	return found
}

func namedOnly(ports []networking.NetworkPolicyPort, receiver *core.Pod) []string {
	var found []string
	for _, port := range ports {
		if port.Port != nil && port.Port.Type == intstr.String {
			found = append(found, named(port, receiver)...)
		}
	}
	return found
}

func named(port networking.NetworkPolicyPort, receiver *core.Pod) []string {
	var found []string
	containers := slices.Concat(receiver.Spec.InitContainers, receiver.Spec.Containers)
	for _, container := range containers {
		for _, open := range container.Ports {
			protocol := strings.ToLower(string(open.Protocol))
			if open.Name == port.Port.StrVal && protocol == protocolOf(port) {
				found = append(found, fmt.Sprintf("%s dport %d", protocol, open.ContainerPort))
			}
		}
	}
	return found
}

func protocolOf(port networking.NetworkPolicyPort) string {
	if port.Protocol == nil {
		return "tcp"
	}
	return strings.ToLower(string(*port.Protocol))
}

func blockMatch(side string, block *networking.IPBlock) string {
	match := side + " " + block.CIDR
	if len(block.Except) > 0 {
		match += fmt.Sprintf(" %s != { %s }", side, strings.Join(block.Except, ", "))
	}
	return match
}

func matches(selector *meta.LabelSelector, set labels.Set) (bool, error) {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	if err != nil {
		return false, err
	}
	return parsed.Matches(set), nil
}

func vmap(key string, verdicts []string) []string {
	if len(verdicts) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s vmap { %s }", key, strings.Join(verdicts, ", "))}
}

func chain(name string, statements ...string) string {
	return fmt.Sprintf("\tchain %s {\n\t\t%s\n\t}\n", name, strings.Join(statements, "\n\t\t"))
}
