package policy

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// settle is how long the agent waits for further changes before it writes the rules: a start of ten pods is one write.
const settle = 50 * time.Millisecond

// retry is how long it waits after nft has refused the rules.
const retry = time.Second

// NewCommand returns the agent's command.
func NewCommand() *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{
		Use:          "network-policy",
		Short:        "Enforce the cluster's NetworkPolicies with nftables",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return run(ctx, kubeconfig)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	return command
}

func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	// Objects arrive as protocol buffers: smaller and cheaper than JSON.
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(slim))
	pods, namespaces := factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()

	changed := make(chan struct{}, 1)
	note := func(any) {
		select {
		case changed <- struct{}{}:
		default: // a change is noted already
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: note, UpdateFunc: func(_, now any) { note(now) }, DeleteFunc: note}
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("no list of %s", kind)
		}
	}
	collect := func() (Cluster, error) {
		podList, podsErr := pods.Lister().List(labels.Everything())
		namespaceList, namespacesErr := namespaces.Lister().List(labels.Everything())
		policyList, policiesErr := policies.Lister().List(labels.Everything())
		return Cluster{podList, namespaceList, policyList}, errors.Join(podsErr, namespacesErr, policiesErr)
	}
	enforce(ctx, changed, collect)
	return nil
}

// enforce writes the rules at the start and after every change that makes a difference.
func enforce(ctx context.Context, changed <-chan struct{}, collect func() (Cluster, error)) {
	var written string
	var again <-chan time.Time
	next := time.After(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			next = time.After(settle)
			continue
		case <-next:
		case <-again:
		}
		next, again = nil, nil
		cluster, err := collect()
		if err == nil {
			written, err = replace(ctx, cluster, written)
		}
		if err != nil {
			klog.ErrorS(err, "the rules stay as they were")
			again = time.After(retry)
		}
	}
}

func replace(ctx context.Context, cluster Cluster, written string) (string, error) {
	wanted, err := Ruleset(cluster)
	if err != nil || wanted == written {
		return written, err
	}
	nft := exec.CommandContext(ctx, "nft", "-f", "-")
	nft.Stdin = strings.NewReader(wanted)
	if output, err := nft.CombinedOutput(); err != nil {
		return written, fmt.Errorf("nft: %w: %s", err, output)
	}
	klog.InfoS("rules written", "pods", len(cluster.Pods), "policies", len(cluster.Policies))
	return wanted, nil
}

// slim drops what the agent never reads, which is most of a pod.
func slim(object any) (any, error) {
	pod, ok := object.(*core.Pod)
	if !ok {
		return object, nil
	}
	kept := &core.Pod{
		TypeMeta: pod.TypeMeta,
		Spec:     core.PodSpec{HostNetwork: pod.Spec.HostNetwork},
		Status:   core.PodStatus{Phase: pod.Status.Phase, PodIP: pod.Status.PodIP},
	}
	kept.Name, kept.Namespace, kept.UID = pod.Name, pod.Namespace, pod.UID
	kept.ResourceVersion, kept.Labels = pod.ResourceVersion, pod.Labels
	for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		kept.Spec.Containers = append(kept.Spec.Containers, core.Container{Ports: container.Ports})
	}
	return kept, nil
}
