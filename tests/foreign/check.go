package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	f_log "github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	f_proof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// Source is a served log, and what an outsider has of it.
type Source struct {
	URL, Key, Kept, Proofs string
	Witnesses              []string
}

// Checked counts what held.
type Checked struct {
	Size         int64 `json:"size"`
	Inclusions   int64 `json:"inclusions"`
	Consistency  int   `json:"consistency"`
	Proofs       int   `json:"proofs"`
	Cosignatures int   `json:"cosignatures"`
	Fsck         bool  `json:"fsck"`
}

// Check checks everything.
func (s Source) Check(ctx context.Context) (*Checked, error) {
	served, err := s.served()
	if err != nil {
		return nil, err
	}
	raw, err := served.ReadCheckpoint(ctx)
	if err != nil {
		return nil, err
	}
	head, cosigned, err := s.open(raw)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	checked := &Checked{Size: head.N, Cosignatures: cosigned}
	tiles := &tiles{ctx: ctx, served: served, read: map[string][]byte{}}
	hashes := tlog.TileHashReader(head, tiles)
	if checked.Inclusions, err = inclusions(ctx, served, head, hashes); err != nil {
		return nil, err
	}
	if checked.Consistency, err = s.consistency(head, hashes); err != nil {
		return nil, err
	}
	if checked.Proofs, err = s.proofs(); err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(s.Key)
	if err != nil {
		return nil, err
	}
	whole := fsck.New(verifier.Name(), verifier, served, leaves, fsck.Opts{N: 4})
	if err := whole.Check(ctx); err != nil {
		return nil, fmt.Errorf("fsck: %w", err)
	}
	checked.Fsck = true
	return checked, nil
}

func (s Source) served() (*client.HTTPFetcher, error) {
	root, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	return client.NewHTTPFetcher(root, http.DefaultClient)
}

// open reads a checkpoint: x/mod's note checks the log's signature, and the cosignatures with the verifier of
// transparency-dev/formats; every known key must have signed. It also tells how many witnesses that are.
func (s Source) open(raw []byte) (tlog.Tree, int, error) {
	verifier, err := note.NewVerifier(s.Key)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	known := []note.Verifier{verifier}
	for _, key := range s.Witnesses {
		witness, err := f_note.NewVerifierForCosignatureV1(key)
		if err != nil {
			return tlog.Tree{}, 0, err
		}
		known = append(known, witness)
	}
	opened, err := note.Open(raw, note.VerifierList(known...))
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	if len(opened.Sigs) != len(known) {
		return tlog.Tree{}, 0, fmt.Errorf("%d of %d known keys signed", len(opened.Sigs), len(known))
	}
	for _, signature := range opened.Sigs[1:] {
		if at, err := f_note.CoSigV1Timestamp(signature); err != nil || at.Year() < 2025 {
			return tlog.Tree{}, 0, fmt.Errorf("the cosignature's time is %v: %w", at, err)
		}
	}
	checkpoint, _, _, err := f_log.ParseCheckpoint(raw, verifier.Name(), verifier)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	tree := tlog.Tree{N: int64(checkpoint.Size)}
	copy(tree.Hash[:], checkpoint.Hash)
	return tree, len(opened.Sigs) - 1, nil
}

// inclusions proves every entry of every bundle to be in the tree, over the served tiles.
func inclusions(ctx context.Context, served *client.HTTPFetcher, head tlog.Tree, hashes tlog.HashReader) (int64, error) {
	var index int64
	for number := int64(0); number*tileWidth < head.N; number++ {
		width := min(tileWidth, head.N-number*tileWidth)
		raw, err := served.ReadEntryBundle(ctx, uint64(number), uint8(width%tileWidth))
		if err != nil {
			return index, err
		}
		bundle := api.EntryBundle{}
		if err := bundle.UnmarshalText(raw); err != nil {
			return index, err
		}
		if int64(len(bundle.Entries)) != width {
			return index, fmt.Errorf("bundle %d has %d entries, not %d", number, len(bundle.Entries), width)
		}
		for _, entry := range bundle.Entries {
			proof, err := tlog.ProveRecord(head.N, index, hashes)
			if err != nil {
				return index, fmt.Errorf("entry %d: %w", index, err)
			}
			if err := tlog.CheckRecord(proof, head.N, head.Hash, index, tlog.RecordHash(entry)); err != nil {
				return index, fmt.Errorf("entry %d: %w", index, err)
			}
			index++
		}
	}
	return index, nil
}

// consistency proves that every kept checkpoint grew into every later one, and into the head.
func (s Source) consistency(head tlog.Tree, hashes tlog.HashReader) (int, error) {
	files, err := within(s.Kept, "*")
	if err != nil {
		return 0, err
	}
	trees := []tlog.Tree{head}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		tree, _, err := s.open(raw)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		trees = append(trees, tree)
	}
	slices.SortFunc(trees, func(a, b tlog.Tree) int { return int(a.N - b.N) })
	proven := 0
	for at, old := range trees {
		for _, grown := range trees[at+1:] {
			proof, err := tlog.ProveTree(grown.N, old.N, hashes)
			if err != nil {
				return proven, fmt.Errorf("%d to %d: %w", old.N, grown.N, err)
			}
			if err := tlog.CheckTree(proof, grown.N, grown.Hash, old.N, old.Hash); err != nil {
				return proven, fmt.Errorf("%d to %d: %w", old.N, grown.N, err)
			}
			proven++
		}
	}
	return proven, nil
}

// proofs checks files of c2sp.org/tlog-proof, each with its entry and nothing else.
func (s Source) proofs() (int, error) {
	files, err := within(s.Proofs, "*.proof")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		entry, err := os.ReadFile(strings.TrimSuffix(file, ".proof") + ".leaf")
		if err != nil {
			return 0, err
		}
		held := f_proof.TLogProof{}
		if err := held.Unmarshal(raw); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		if !bytes.Equal(held.Marshal(), raw) {
			return 0, fmt.Errorf("%s is not written as the standard has it", file)
		}
		tree, _, err := s.open(held.Checkpoint)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		record := tlog.RecordProof{}
		for _, hash := range held.Hashes {
			record = append(record, tlog.Hash(hash))
		}
		if err := tlog.CheckRecord(record, tree.N, tree.Hash, int64(held.Index), tlog.RecordHash(entry)); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
	}
	return len(files), nil
}

func within(folder, pattern string) ([]string, error) {
	if folder == "" {
		return nil, nil
	}
	return filepath.Glob(filepath.Join(folder, pattern))
}

// leaves are the hashes of a bundle's entries, as fsck wants them.
func leaves(raw []byte) ([][]byte, error) {
	bundle := api.EntryBundle{}
	if err := bundle.UnmarshalText(raw); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(bundle.Entries))
	for _, entry := range bundle.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// tiles lets x/mod's tlog read the served tiles, each of them once.
type tiles struct {
	ctx    context.Context
	served *client.HTTPFetcher
	read   map[string][]byte
}

func (t *tiles) Height() int { return tileHeight }

func (t *tiles) ReadTiles(asked []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, 0, len(asked))
	for _, tile := range asked {
		data, ok := t.read[tile.Path()]
		if !ok {
			var err error
			data, err = t.served.ReadTile(t.ctx, uint64(tile.L), uint64(tile.N), uint8(tile.W%tileWidth))
			if err != nil {
				return nil, err
			}
			// Tessera's fetcher may answer with the full tile where a partial one is gone.
			data = data[:min(len(data), tile.W*tlog.HashSize)]
			t.read[tile.Path()] = data
		}
		found = append(found, data)
	}
	return found, nil
}

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}
