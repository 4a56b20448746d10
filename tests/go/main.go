// Verifies the log of an org with the libraries of Go's checksum database and of transparency.dev, and with no code of
// this project: every checkpoint, that each begins with the one before it, every leaf, and proofs of events.
//
//	go run . -key KEY -log FOLDER [-leaves FILE] [PROOF...]
//
// FOLDER is log/org_id=<org>/<log_id> of the archive bucket. FILE has the hash of each leaf in base64, one a line, as
// `leaves.py` computes them from the Parquet files. A PROOF is a file that the service returned for an event.
package main

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	formats "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The height of the tiles of c2sp.org/tlog-tiles.
const height = 8

// tiles reads the tiles of a log from its folder. The library verifies each against the tree.
type tiles string

func (folder tiles) Height() int { return height }

func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(wanted))
	for i, tile := range wanted {
		// The library's paths state the height.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(folder), path))
		if err != nil {
			return nil, err
		}
		read[i] = bytes
	}
	return read, nil
}

func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	log.SetFlags(0)
	key := flag.String("key", "", "the verifier key")
	folder := flag.String("log", "", "the folder of the log")
	leaves := flag.String("leaves", "", "a file with the leaves, in base64")
	flag.Parse()
	verifier, err := note.NewVerifier(*key)
	check(err, "the key")
	origin := verifier.Name() + "/" + filepath.Base(*folder)
	newest := checkpoints(*folder, origin, verifier)
	hashes := tlog.TileHashReader(newest, tiles(*folder))
	if *leaves != "" {
		included(newest, hashes, strings.Fields(string(must(os.ReadFile(*leaves)))))
	}
	for _, path := range flag.Args() {
		check(proven(must(os.ReadFile(path)), origin, verifier, newest, hashes), path)
	}
	fmt.Printf("%d proofs verified\n", flag.NArg())
}

// checkpoints verifies the checkpoints and returns the tree of the newest one.
func checkpoints(folder, origin string, verifier note.Verifier) tlog.Tree {
	// The names are sizes with leading zeroes, so they are sorted by size.
	paths := must(filepath.Glob(filepath.Join(folder, "checkpoint", "*")))
	if len(paths) == 0 {
		log.Fatalf("%s has no checkpoint", folder)
	}
	var before tlog.Tree
	for i, path := range paths {
		parsed, rest, _, err := formats.ParseCheckpoint(must(os.ReadFile(path)), origin, verifier)
		check(err, path)
		tree := tlog.Tree{N: int64(parsed.Size), Hash: tlog.Hash(parsed.Hash)}
		if len(rest) > 0 || filepath.Base(path) != fmt.Sprintf("%020d", tree.N) {
			log.Fatalf("%s has further lines, or another size than its name", path)
		}
		hashes := tlog.TileHashReader(tree, tiles(folder))
		if i > 0 {
			proof, err := tlog.ProveTree(tree.N, before.N, hashes)
			check(err, path)
			check(tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash), path)
		}
		before = tree
	}
	fmt.Printf("%d checkpoints verified, the newest of %d events\n", len(paths), before.N)
	return before
}

// included verifies that the tree contains exactly these leaves.
func included(tree tlog.Tree, hashes tlog.HashReader, leaves []string) {
	if int64(len(leaves)) < tree.N {
		log.Fatalf("there are %d leaves, and the newest checkpoint has %d", len(leaves), tree.N)
	}
	for index := range tree.N {
		leaf := must(tlog.ParseHash(leaves[index]))
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		check(err, fmt.Sprintf("event %d", index))
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf), fmt.Sprintf("event %d", index))
	}
	fmt.Printf("%d leaves verified\n", tree.N)
}

// proven verifies the proof of an event. Its leaf is the one in the tiles, which are those of the newest tree.
func proven(text []byte, origin string, verifier note.Verifier, newest tlog.Tree, hashes tlog.HashReader) error {
	var parsed proof.TLogProof
	if err := parsed.Unmarshal(text); err != nil {
		return err
	}
	if !bytes.Equal(parsed.Marshal(), text) {
		return fmt.Errorf("it has another form when it is written again")
	}
	checkpoint, _, _, err := formats.ParseCheckpoint(parsed.Checkpoint, origin, verifier)
	if err != nil {
		return err
	}
	leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(parsed.Index))})
	if err != nil {
		return err
	}
	if len(parsed.ExtraData) != 17 || parsed.ExtraData[0] != 0 {
		return fmt.Errorf("the extra data is %s", base64.StdEncoding.EncodeToString(parsed.ExtraData))
	}
	path := make([][]byte, len(parsed.Hashes))
	for i := range parsed.Hashes {
		path[i] = parsed.Hashes[i][:]
	}
	return merkle.VerifyInclusion(rfc6962.DefaultHasher, parsed.Index, checkpoint.Size, leaf[0][:], path, checkpoint.Hash)
}

func must[T any](value T, err error) T {
	check(err, "reading")
	return value
}

func check(err error, about string) {
	if err != nil {
		log.Fatalf("%s: %v", about, err)
	}
}
