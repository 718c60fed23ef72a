// Command foreign looks at an Amanah log, and at an Amanah witness, with nothing of Amanah: Go's own checksum-database
// packages (golang.org/x/mod/sumdb) and transparency-dev's Tessera, formats and merkle. What does not hold ends it with 1.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("foreign check|log|witness|key"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	ctx := context.Background()
	var told any
	var err error
	switch os.Args[1] {
	case "check":
		source := Source{}
		flags.StringVar(&source.URL, "url", "", "the log's address")
		flags.StringVar(&source.Key, "key", "", "the log's verifier key")
		flags.Func("witness", "the verifier key of a witness who must have cosigned; may be repeated", func(key string) error {
			source.Witnesses = append(source.Witnesses, key)
			return nil
		})
		flags.StringVar(&source.Kept, "kept", "", "a folder of checkpoints that were served earlier; empty when there is none")
		flags.StringVar(&source.Proofs, "proofs", "", "a folder of NAME.leaf with NAME.proof; empty when there is none")
		_ = flags.Parse(os.Args[2:])
		told, err = source.Check(ctx)
	case "log":
		log := Cosigned{}
		flags.StringVar(&log.Folder, "dir", "", "an empty folder for the log")
		flags.StringVar(&log.Key, "key", "", "the log's private key, as x/mod's note has it")
		flags.StringVar(&log.Witness, "witness", "", "the witness's verifier key")
		flags.StringVar(&log.URL, "url", "", "the witness's address")
		flags.IntVar(&log.Entries, "entries", 300, "how many entries it gets, in three rounds")
		_ = flags.Parse(os.Args[2:])
		told, err = log.Grow(ctx)
	case "witness":
		witness := Witness{}
		flags.StringVar(&witness.Key, "key", "", "its private key, as x/mod's note has it")
		flags.StringVar(&witness.Log, "log", "", "the verifier key of the log")
		flags.StringVar(&witness.Listen, "listen", "", "host:port")
		_ = flags.Parse(os.Args[2:])
		told, err = witness.Serve(ctx)
	case "key":
		told, err = NewKey(os.Args[2])
	default:
		err = fmt.Errorf("unknown: %s", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(told)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
