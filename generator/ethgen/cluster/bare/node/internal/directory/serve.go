package directory

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	csi "github.com/container-storage-interface/spec/lib/go/csi"
	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"k8s.io/klog/v2"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// NewCommand returns the driver's command.
func NewCommand() *cobra.Command {
	driver := &Driver{}
	var kubelet string
	command := &cobra.Command{
		Use:          "csi-directory",
		Short:        "Serve volumes and snapshots that are folders of the node's disk",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return driver.serve(ctx, kubelet)
		},
	}
	flags := command.Flags()
	flags.StringVar(&driver.Name, "driver-name", "", "the driver's name in StorageClasses")
	flags.StringVar(&driver.Node, "node-name", "", "the node's name")
	flags.StringVar(&driver.Root, "root", "", "the folder of the volumes and snapshots")
	flags.StringVar(&kubelet, "kubelet-root", "", "the kubelet's folder; the sockets are made in it")
	return command
}

func (d *Driver) serve(ctx context.Context, kubelet string) error {
	socket := filepath.Join(kubelet, "plugins", d.Name, "csi.sock")
	driver := grpc.NewServer(grpc.UnaryInterceptor(logged))
	csi.RegisterIdentityServer(driver, d)
	csi.RegisterControllerServer(driver, d)
	csi.RegisterNodeServer(driver, d)
	registrar := grpc.NewServer()
	registration.RegisterRegistrationServer(registrar, &registrant{name: d.Name, endpoint: socket})

	failed := make(chan error, 2)
	// The driver listens before the kubelet is told of it.
	for _, server := range []struct {
		path   string
		server *grpc.Server
	}{{socket, driver}, {filepath.Join(kubelet, "plugins_registry", d.Name+"-reg.sock"), registrar}} {
		listener, err := listen(server.path)
		if err != nil {
			return err
		}
		go func() { failed <- server.server.Serve(listener) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		registrar.Stop()
		driver.GracefulStop()
		return nil
	}
}

// listen makes a socket in place of one that an earlier process left.
func listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}

func logged(ctx context.Context, request any, call *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	response, err := handler(ctx, request)
	if err != nil {
		klog.ErrorS(err, "refused", "call", call.FullMethod)
	}
	return response, err
}

// registrant tells the kubelet of the driver.
type registrant struct {
	registration.UnimplementedRegistrationServer
	name, endpoint string
}

// GetInfo names the driver and its socket.
func (r *registrant) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              r.name,
		Endpoint:          r.endpoint,
		SupportedVersions: []string{"1.0.0"},
	}, nil
}

// NotifyRegistrationStatus takes note of whether the kubelet took the driver.
func (r *registrant) NotifyRegistrationStatus(_ context.Context, answer *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !answer.GetPluginRegistered() {
		klog.ErrorS(nil, "the kubelet refuses the driver", "reason", answer.GetError())
	}
	return &registration.RegistrationStatusResponse{}, nil
}
