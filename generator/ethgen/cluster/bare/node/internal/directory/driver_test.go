package directory

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	csi "github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func newDriver(t *testing.T) *Driver {
	t.Helper()
	return &Driver{Name: "driver", Node: "node", Root: t.TempDir()}
}

func makeVolume(t *testing.T, driver *Driver, name string, source *csi.VolumeContentSource) {
	t.Helper()
	_, err := driver.CreateVolume(context.Background(), &csi.CreateVolumeRequest{
		Name:                name,
		CapacityRange:       &csi.CapacityRange{RequiredBytes: 1 << 20},
		VolumeContentSource: source,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, driver *Driver, volume, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(driver.Root, volumes, volume, data, "file"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, driver *Driver, volume string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(driver.Root, volumes, volume, data, "file"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fromSnapshot(id string) *csi.VolumeContentSource {
	snapshot := &csi.VolumeContentSource_SnapshotSource{SnapshotId: id}
	return &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Snapshot{Snapshot: snapshot}}
}

func TestASnapshotKeepsWhatTheVolumeHeldThen(t *testing.T) {
	driver := newDriver(t)
	makeVolume(t, driver, "pvc-1", nil)
	write(t, driver, "pvc-1", "old")
	request := &csi.CreateSnapshotRequest{Name: "snapshot-1", SourceVolumeId: "pvc-1"}
	made, err := driver.CreateSnapshot(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	write(t, driver, "pvc-1", "new")
	again, err := driver.CreateSnapshot(context.Background(), request)
	if err != nil || !again.Snapshot.CreationTime.AsTime().Equal(made.Snapshot.CreationTime.AsTime()) {
		t.Errorf("a second call made another snapshot: %v %v", again, err)
	}
	if made.Snapshot.SizeBytes != 1<<20 || !made.Snapshot.ReadyToUse {
		t.Errorf("got %v", made.Snapshot)
	}
	makeVolume(t, driver, "pvc-2", fromSnapshot("snapshot-1"))
	if got := read(t, driver, "pvc-2"); got != "old" {
		t.Errorf("restored %q", got)
	}
}

func TestAVolumeIsMadeOnce(t *testing.T) {
	driver := newDriver(t)
	makeVolume(t, driver, "pvc-1", nil)
	write(t, driver, "pvc-1", "kept")
	makeVolume(t, driver, "pvc-1", nil)
	if got := read(t, driver, "pvc-1"); got != "kept" {
		t.Errorf("got %q", got)
	}
	larger := &csi.CreateVolumeRequest{Name: "pvc-1", CapacityRange: &csi.CapacityRange{RequiredBytes: 2 << 20}}
	if _, err := driver.CreateVolume(context.Background(), larger); status.Code(err) != codes.AlreadyExists {
		t.Errorf("got %v", err)
	}
}

func TestAnInterruptedCopyIsNoVolume(t *testing.T) {
	driver := newDriver(t)
	half := filepath.Join(driver.Root, volumes, "pvc-1.new", data)
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "half"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	makeVolume(t, driver, "pvc-1", nil)
	left, err := os.ReadDir(filepath.Join(driver.Root, volumes, "pvc-1", data))
	if err != nil || len(left) != 0 {
		t.Errorf("the volume holds %v, %v", left, err)
	}
}

func TestWhatIsMissingIsNotFoundAndIsGoneForDeletion(t *testing.T) {
	driver := newDriver(t)
	_, err := driver.CreateVolume(context.Background(), &csi.CreateVolumeRequest{Name: "pvc-1", VolumeContentSource: fromSnapshot("snapshot-0")})
	if status.Code(err) != codes.NotFound {
		t.Errorf("got %v", err)
	}
	if _, err := driver.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: "pvc-0"}); err != nil {
		t.Error(err)
	}
}

func TestANameThatLeavesTheFolderIsRefused(t *testing.T) {
	driver := newDriver(t)
	for _, name := range []string{"../etc", "", "a/b", ".."} {
		if _, err := driver.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: name}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
