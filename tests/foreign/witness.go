package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	f_log "github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness cosigns an Amanah log as C2SP tlog-witness v1 has it: proofs are checked by x/mod's tlog, cosignatures made by
// transparency-dev/formats. What it cosigned it shows to nobody, as that version of the standard has no way to.
type Witness struct {
	Key, Log, Listen string

	lock sync.Mutex
	head tlog.Tree
}

// Serve answers until the process is ended.
func (w *Witness) Serve(context.Context) (any, error) {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	routes.HandleFunc("POST /add-checkpoint", func(out http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(io.LimitReader(in.Body, 1<<16))
		if err != nil {
			return
		}
		lines, err := w.add(string(body))
		var stale conflict
		switch {
		case errors.As(err, &stale):
			out.Header().Set("Content-Type", "text/x.tlog.size")
			out.WriteHeader(http.StatusConflict)
			fmt.Fprintf(out, "%d\n", stale)
		case err != nil:
			http.Error(out, err.Error(), http.StatusUnprocessableEntity)
		default:
			_, _ = out.Write(lines)
		}
	})
	return nil, http.ListenAndServe(w.Listen, routes)
}

type conflict int64

func (c conflict) Error() string { return "another size" }

func (w *Witness) add(body string) ([]byte, error) {
	request, signed, found := strings.Cut(body, "\n\n")
	if !found {
		return nil, errors.New("no checkpoint")
	}
	lines := strings.Split(request, "\n")
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil {
		return nil, err
	}
	proof := tlog.TreeProof{}
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return nil, err
		}
		proof = append(proof, tlog.Hash(hash))
	}
	verifier, err := note.NewVerifier(w.Log)
	if err != nil {
		return nil, err
	}
	checkpoint, _, opened, err := f_log.ParseCheckpoint([]byte(signed), verifier.Name(), verifier)
	if err != nil {
		return nil, err
	}
	head := tlog.Tree{N: int64(checkpoint.Size), Hash: tlog.Hash(checkpoint.Hash)}

	w.lock.Lock()
	defer w.lock.Unlock()
	if old != w.head.N {
		return nil, conflict(w.head.N)
	}
	if old > 0 {
		if err := tlog.CheckTree(proof, head.N, head.Hash, w.head.N, w.head.Hash); err != nil {
			return nil, err
		}
	}
	w.head = head
	signer, err := f_note.NewSignerForCosignatureV1(w.Key)
	if err != nil {
		return nil, err
	}
	cosigned, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	if err != nil {
		return nil, err
	}
	return cosigned[len(opened.Text)+1:], nil
}
