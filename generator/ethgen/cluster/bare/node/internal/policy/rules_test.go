package policy

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(namespace, name, address string, labels map[string]string, ports ...core.ContainerPort) *core.Pod {
	made := &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, Labels: labels}}
	made.Status.PodIP = address
	made.Spec.Containers = []core.Container{{Ports: ports}}
	return made
}

func space(name string) *core.Namespace {
	return &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{"kubernetes.io/metadata.name": name}}}
}

func selector(pairs ...string) meta.LabelSelector {
	chosen := meta.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		chosen.MatchLabels[pairs[i]] = pairs[i+1]
	}
	return chosen
}

func on[T any](value T) *T { return &value }

// network is two nodes and a client in one namespace, a monitor in another one, and a pod that has ended.
func network(policies ...networking.NetworkPolicySpec) Cluster {
	http := core.ContainerPort{Name: "http", ContainerPort: 8545, Protocol: core.ProtocolTCP}
	host := pod("devnet", "host", "10.88.0.2", map[string]string{"app": "node"})
	host.Spec.HostNetwork = true
	ended := pod("devnet", "job", "10.244.0.9", map[string]string{"app": "node"})
	ended.Status.Phase = core.PodSucceeded
	cluster := Cluster{
		Pods: []*core.Pod{
			pod("devnet", "node-1", "10.244.0.3", map[string]string{"app": "node"}, http),
			pod("devnet", "node-0", "10.244.0.2", map[string]string{"app": "node"}, http),
			pod("devnet", "client", "10.244.0.4", map[string]string{"app": "client"}),
			pod("monitoring", "prometheus", "10.244.0.5", map[string]string{"app": "prometheus"}),
			host,
			ended,
		},
		Namespaces: []*core.Namespace{space("devnet"), space("monitoring")},
	}
	for i, spec := range policies {
		policy := &networking.NetworkPolicy{Spec: spec}
		policy.Namespace, policy.Name = "devnet", string(rune('a'+i))
		cluster.Policies = append(cluster.Policies, policy)
	}
	return cluster
}

// chains returns the statements of each chain, by its name.
func chains(t *testing.T, cluster Cluster) map[string][]string {
	t.Helper()
	text, err := Ruleset(cluster)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	var name string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "chain "); ok {
			name = strings.TrimSuffix(rest, " {")
		} else if line != "}" && name != "" {
			found[name] = append(found[name], line)
		}
	}
	return found
}

func expect(t *testing.T, found map[string][]string, chain string, want ...string) {
	t.Helper()
	if !slices.Equal(found[chain], want) {
		t.Errorf("chain %s:\n got %q\nwant %q", chain, found[chain], want)
	}
}

func TestWithoutPoliciesEverythingPasses(t *testing.T) {
	found := chains(t, network())
	expect(t, found, "forward", "type filter hook forward priority filter; policy accept;", "ct state established,related accept")
	expect(t, found, "input", "type filter hook input priority filter; policy accept;", "ct state established,related accept")
	if len(found) != 2 {
		t.Errorf("more chains than two: %v", found)
	}
}

func TestDefaultDenyDropsBothDirectionsOfSelectedPodsAlone(t *testing.T) {
	both := []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress}
	found := chains(t, network(networking.NetworkPolicySpec{PodSelector: selector("app", "node"), PolicyTypes: both}))
	expect(t, found, "ingress-10.244.0.2", "drop")
	expect(t, found, "egress-10.244.0.3", "drop")
	expect(t, found, "forward",
		"type filter hook forward priority filter; policy accept;",
		"ct state established,related accept",
		"ip saddr vmap { 10.244.0.2 : jump egress-10.244.0.2, 10.244.0.3 : jump egress-10.244.0.3 }",
		"ip daddr vmap { 10.244.0.2 : jump ingress-10.244.0.2, 10.244.0.3 : jump ingress-10.244.0.3 }")
	for _, chain := range []string{"ingress-10.244.0.4", "ingress-10.88.0.2", "ingress-10.244.0.9"} {
		if _, there := found[chain]; there {
			t.Errorf("%s must not be restricted", chain)
		}
	}
}

func TestPeersOfIngressAreSelectedByPodAndNamespaceTogether(t *testing.T) {
	found := chains(t, network(networking.NetworkPolicySpec{
		PodSelector: selector("app", "node"),
		Ingress: []networking.NetworkPolicyIngressRule{{
			From: []networking.NetworkPolicyPeer{
				{PodSelector: on(selector("app", "client"))},
				{NamespaceSelector: on(selector("kubernetes.io/metadata.name", "monitoring")), PodSelector: on(selector("app", "prometheus"))},
				{NamespaceSelector: on(selector("kubernetes.io/metadata.name", "monitoring")), PodSelector: on(selector("app", "client"))},
			},
			Ports: []networking.NetworkPolicyPort{{Port: on(intstr.FromString("http"))}, {Port: on(intstr.FromInt32(9300))}},
		}},
	}))
	expect(t, found, "ingress-10.244.0.2",
		"ip saddr { 10.244.0.4, 10.244.0.5 } tcp dport 8545 return",
		"ip saddr { 10.244.0.4, 10.244.0.5 } tcp dport 9300 return",
		"drop")
	if _, there := found["egress-10.244.0.2"]; there {
		t.Error("a policy with ingress rules alone must not restrict egress")
	}
}

func TestEgressHasBlocksRangesAndNamedPortsOfThePeers(t *testing.T) {
	udp := core.ProtocolUDP
	found := chains(t, network(networking.NetworkPolicySpec{
		PodSelector: selector("app", "client"),
		Egress: []networking.NetworkPolicyEgressRule{
			{
				To:    []networking.NetworkPolicyPeer{{PodSelector: on(selector("app", "node"))}},
				Ports: []networking.NetworkPolicyPort{{Port: on(intstr.FromString("http"))}, {Port: on(intstr.FromInt32(30303)), EndPort: on(int32(30310))}},
			},
			{
				To:    []networking.NetworkPolicyPeer{{IPBlock: &networking.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}}},
				Ports: []networking.NetworkPolicyPort{{Protocol: &udp}},
			},
		},
	}))
	expect(t, found, "egress-10.244.0.4",
		"ip daddr { 10.244.0.2, 10.244.0.3 } tcp dport 30303-30310 return",
		"ip daddr 10.244.0.2 tcp dport 8545 return",
		"ip daddr 10.244.0.3 tcp dport 8545 return",
		"ip daddr 0.0.0.0/0 ip daddr != { 10.0.0.0/8 } meta l4proto udp return",
		"drop")
	expect(t, found, "ingress-10.244.0.4", "drop")
}

func TestAnEmptyRuleAllowsEverything(t *testing.T) {
	found := chains(t, network(networking.NetworkPolicySpec{Ingress: []networking.NetworkPolicyIngressRule{{}}}))
	expect(t, found, "ingress-10.244.0.4", "return", "drop")
}

func TestASelectorThatMatchesNoPodAllowsNothing(t *testing.T) {
	found := chains(t, network(networking.NetworkPolicySpec{
		Ingress: []networking.NetworkPolicyIngressRule{{From: []networking.NetworkPolicyPeer{{PodSelector: on(selector("app", "none"))}}}},
	}))
	expect(t, found, "ingress-10.244.0.2", "drop")
}

func TestTheOrderOfTheListsMakesNoDifference(t *testing.T) {
	spec := networking.NetworkPolicySpec{Ingress: []networking.NetworkPolicyIngressRule{{From: []networking.NetworkPolicyPeer{{PodSelector: &meta.LabelSelector{}}}}}}
	one, other := network(spec, spec), network(spec, spec)
	slices.Reverse(other.Pods)
	slices.Reverse(other.Policies)
	first, _ := Ruleset(one)
	second, _ := Ruleset(other)
	if first != second {
		t.Errorf("two rulesets for one cluster:\n%s\n%s", first, second)
	}
}

func TestAWrongSelectorIsAnErrorThatNamesThePolicy(t *testing.T) {
	wrong := meta.LabelSelector{MatchExpressions: []meta.LabelSelectorRequirement{{Key: "app", Operator: "Near"}}}
	_, err := Ruleset(network(networking.NetworkPolicySpec{PodSelector: wrong}))
	if err == nil || !strings.Contains(err.Error(), "policy devnet/a") {
		t.Errorf("got %v", err)
	}
}

func TestNftTakesTheRules(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("nft is not installed")
	}
	text, err := Ruleset(network(networking.NetworkPolicySpec{
		Ingress: []networking.NetworkPolicyIngressRule{{From: []networking.NetworkPolicyPeer{{PodSelector: &meta.LabelSelector{}}}}},
		Egress: []networking.NetworkPolicyEgressRule{{
			To:    []networking.NetworkPolicyPeer{{IPBlock: &networking.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.1.0.0/16", "10.2.0.0/16"}}}},
			Ports: []networking.NetworkPolicyPort{{Port: on(intstr.FromInt32(53)), Protocol: on(core.ProtocolUDP)}, {Protocol: on(core.ProtocolSCTP)}},
		}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command("unshare", "--user", "--map-root-user", "--net", "nft", "--check", "-f", "-")
	check.Stdin = strings.NewReader(text)
	if output, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, output, text)
	}
}
