package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"time"

	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// Cosigned is a log of Tessera that an Amanah witness cosigns.
type Cosigned struct {
	Folder, Key, Witness, URL string
	Entries                   int
}

// Grown tells how far it got, every checkpoint cosigned.
type Grown struct {
	Size        uint64 `json:"size"`
	Checkpoints int    `json:"checkpoints"`
}

// NewKey makes a private key of x/mod's note, with the verifier keys of its signatures and its cosignatures.
func NewKey(name string) (map[string]string, error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, err
	}
	cosigner, err := f_note.VKeyToCosignatureV1(public)
	return map[string]string{"private": private, "public": public, "cosigner": cosigner}, err
}

// Grow adds the entries in three rounds, and waits until each round is published under a cosigned checkpoint.
func (c Cosigned) Grow(ctx context.Context) (*Grown, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	signer, err := note.NewSigner(c.Key)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	witness, err := tessera.NewWitness(c.Witness, address)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: c.Folder})
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(64, 20*time.Millisecond).
		WithCheckpointInterval(100*time.Millisecond).
		WithWitnesses(tessera.NewWitnessGroup(1, witness), &tessera.WitnessOptions{FailOpen: false})
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, err
	}
	published := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 20*time.Millisecond)
	grown := &Grown{}
	for round := range 3 {
		added := make([]tessera.IndexFuture, 0, c.Entries/3)
		for i := range c.Entries / 3 {
			added = append(added, appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d of round %d", i, round))))
		}
		for _, each := range added {
			_, raw, err := published.Await(ctx, each)
			if err != nil {
				return nil, err
			}
			if err := c.cosigned(raw); err != nil {
				return nil, err
			}
		}
		grown.Checkpoints++
	}
	if grown.Size, err = reader.IntegratedSize(ctx); err != nil {
		return nil, err
	}
	return grown, shutdown(ctx)
}

func (c Cosigned) cosigned(raw []byte) error {
	witness, err := f_note.NewVerifierForCosignatureV1(c.Witness)
	if err != nil {
		return err
	}
	_, err = note.Open(raw, note.VerifierList(witness))
	return err
}
