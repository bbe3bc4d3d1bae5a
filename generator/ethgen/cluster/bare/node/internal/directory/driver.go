// Package directory is a CSI driver whose volumes and snapshots are folders of the node's disk.
//
// A volume is `volumes/ID/data` beside `volumes/ID/volume.json`, a snapshot likewise. Each appears whole or not at all:
// it is made under another name and then renamed. Copies share their blocks where the file system can (reflink) and
// stay sparse everywhere. Sizes are recorded and not enforced.
package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	csi "github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Driver serves the three CSI services for one node.
type Driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer

	// Name is the driver's name in StorageClasses.
	Name string
	// Node is the node's name.
	Node string
	// Root is the folder of the volumes and snapshots.
	Root string
}

const (
	volumes   = "volumes"
	snapshots = "snapshots"
	data      = "data"
)

// record is what is known of a volume or snapshot besides its files.
type record struct {
	Bytes   int64     `json:"bytes"`
	Source  string    `json:"source,omitempty"`
	Created time.Time `json:"created"`
}

// identifier is what the provisioner and the snapshotter make: a prefix and a UUID. It becomes a folder's name.
var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,127}$`)

func (d *Driver) folder(kind, id string) (string, error) {
	if !identifier.MatchString(id) {
		return "", status.Errorf(codes.InvalidArgument, "%q is no name of one of the %s", id, kind)
	}
	return filepath.Join(d.Root, kind, id), nil
}

// create makes a volume or snapshot, copying the files of `from` where that is not empty. It returns the record that is
// there already when it was made before.
func (d *Driver) create(ctx context.Context, kind, id string, wanted record, from string) (record, error) {
	target, err := d.folder(kind, id)
	if err != nil {
		return record{}, err
	}
	if found, err := load(target); err == nil {
		return found, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return record{}, status.Error(codes.Internal, err.Error())
	}
	scratch := target + ".new"
	if err := errors.Join(os.RemoveAll(scratch), os.MkdirAll(filepath.Join(scratch, data), 0o755)); err != nil {
		return record{}, failure(err)
	}
	if from != "" {
		copying := exec.CommandContext(ctx, "cp", "--archive", "--reflink=auto", "--sparse=always", from+"/.", filepath.Join(scratch, data))
		if output, err := copying.CombinedOutput(); err != nil {
			return record{}, failure(errors.Join(fmt.Errorf("cp: %w: %s", err, output), os.RemoveAll(scratch)))
		}
	}
	text, err := json.Marshal(wanted)
	if err != nil {
		return record{}, failure(err)
	}
	if err := os.WriteFile(filepath.Join(scratch, "record.json"), text, 0o600); err != nil {
		return record{}, failure(errors.Join(err, os.RemoveAll(scratch)))
	}
	if err := os.Rename(scratch, target); err != nil {
		return record{}, failure(err)
	}
	return wanted, nil
}

func load(folder string) (record, error) {
	var found record
	text, err := os.ReadFile(filepath.Join(folder, "record.json"))
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(text, &found)
}

func (d *Driver) remove(kind, id string) error {
	target, err := d.folder(kind, id)
	if err != nil {
		return err
	}
	// Renamed first, so that what is half removed is never taken for whole.
	gone := target + ".gone"
	if err := os.Rename(target, gone); err != nil && !errors.Is(err, os.ErrNotExist) {
		return failure(err)
	}
	if err := os.RemoveAll(gone); err != nil {
		return failure(err)
	}
	return nil
}

func failure(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return status.Error(codes.PermissionDenied, err.Error())
	}
	return status.Error(codes.Internal, err.Error())
}

// CreateVolume makes an empty volume, or one with the content of a snapshot or of another volume.
func (d *Driver) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	for _, capability := range request.GetVolumeCapabilities() {
		if capability.GetBlock() != nil {
			return nil, status.Error(codes.InvalidArgument, "volumes are folders: block devices are not to be had")
		}
	}
	wanted := record{Bytes: request.GetCapacityRange().GetRequiredBytes(), Created: time.Now().UTC()}
	from, err := d.source(request.GetVolumeContentSource())
	if err != nil {
		return nil, err
	}
	made, err := d.create(ctx, volumes, request.GetName(), wanted, from)
	if err != nil {
		return nil, err
	}
	if made.Bytes < wanted.Bytes {
		return nil, status.Errorf(codes.AlreadyExists, "volume %s is there with %d bytes", request.GetName(), made.Bytes)
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId:      request.GetName(),
		CapacityBytes: made.Bytes,
		ContentSource: request.GetVolumeContentSource(),
	}}, nil
}

// source returns the folder whose files a new volume begins with, or nothing.
func (d *Driver) source(content *csi.VolumeContentSource) (string, error) {
	kind, id := snapshots, content.GetSnapshot().GetSnapshotId()
	if content.GetVolume() != nil {
		kind, id = volumes, content.GetVolume().GetVolumeId()
	}
	if content == nil {
		return "", nil
	}
	folder, err := d.folder(kind, id)
	if err != nil {
		return "", err
	}
	if _, err := load(folder); err != nil {
		return "", status.Errorf(codes.NotFound, "%s of the %s: %v", id, kind, err)
	}
	return filepath.Join(folder, data), nil
}

// DeleteVolume removes a volume and its files.
func (d *Driver) DeleteVolume(_ context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	return &csi.DeleteVolumeResponse{}, d.remove(volumes, request.GetVolumeId())
}

// CreateSnapshot copies a volume's files as they are now.
func (d *Driver) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	volume, err := d.folder(volumes, request.GetSourceVolumeId())
	if err != nil {
		return nil, err
	}
	source, err := load(volume)
	if err != nil {
		return nil, status.Errorf(codes.NotFound, "volume %s: %v", request.GetSourceVolumeId(), err)
	}
	wanted := record{Bytes: source.Bytes, Source: request.GetSourceVolumeId(), Created: time.Now().UTC()}
	made, err := d.create(ctx, snapshots, request.GetName(), wanted, filepath.Join(volume, data))
	if err != nil {
		return nil, err
	}
	if made.Source != wanted.Source {
		return nil, status.Errorf(codes.AlreadyExists, "snapshot %s is one of %s", request.GetName(), made.Source)
	}
	return &csi.CreateSnapshotResponse{Snapshot: &csi.Snapshot{
		SnapshotId:     request.GetName(),
		SourceVolumeId: made.Source,
		SizeBytes:      made.Bytes,
		CreationTime:   timestamppb.New(made.Created),
		ReadyToUse:     true,
	}}, nil
}

// DeleteSnapshot removes a snapshot and its files.
func (d *Driver) DeleteSnapshot(_ context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	return &csi.DeleteSnapshotResponse{}, d.remove(snapshots, request.GetSnapshotId())
}

// ValidateVolumeCapabilities confirms what is asked for: every access mode works where there is one node.
func (d *Driver) ValidateVolumeCapabilities(_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	volume, err := d.folder(volumes, request.GetVolumeId())
	if err != nil {
		return nil, err
	}
	if _, err := load(volume); err != nil {
		return nil, status.Errorf(codes.NotFound, "volume %s: %v", request.GetVolumeId(), err)
	}
	confirmed := &csi.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: request.GetVolumeCapabilities()}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: confirmed}, nil
}

// ControllerGetCapabilities says what CreateVolume and CreateSnapshot can do.
func (d *Driver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	response := &csi.ControllerGetCapabilitiesResponse{}
	for _, kind := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
	} {
		rpc := &csi.ControllerServiceCapability_RPC{Type: kind}
		capability := &csi.ControllerServiceCapability{Type: &csi.ControllerServiceCapability_Rpc{Rpc: rpc}}
		response.Capabilities = append(response.Capabilities, capability)
	}
	return response, nil
}
