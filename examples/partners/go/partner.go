// Command partner sends a file of events to Amanah over Kafka and prints the outcome of each: partner FILE
//
// Settings come from the environment: KAFKA_SERVERS, KAFKA_USER, KAFKA_PASSWORD, KAFKA_SECURITY (SASL_SSL unless set),
// KAFKA_COMPRESSION (none, gzip, snappy, lz4, zstd), PARTNER (your id) and TOKEN.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const wait = time.Minute

type event struct {
	EventID  string   `json:"eventID"`
	EPCList  []string `json:"epcList"`
	ParentID string   `json:"parentID"`
}

type document struct {
	event
	Type string `json:"type"`
	Body struct {
		Events []event `json:"eventList"`
	} `json:"epcisBody"`
}

type outcome struct {
	Outcome     string `json:"outcome"`
	EventID     string `json:"event_id"`
	Code        string `json:"code"`
	Explanation string `json:"explanation"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var read document
	check(json.Unmarshal(text, &read))
	events := read.Body.Events
	if read.Type != "EPCISDocument" {
		events = []event{read.event}
	}
	// Each event needs an eventID here, because outcomes are matched by it.
	awaited := map[string]bool{}
	for _, each := range events {
		awaited[each.EventID] = true
	}

	partner := os.Getenv("PARTNER")
	user := scram.Auth{User: os.Getenv("KAFKA_USER"), Pass: os.Getenv("KAFKA_PASSWORD")}
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_SERVERS"), ",")...),
		// Idempotent writes and acks of all replicas are the defaults.
		kgo.ProducerBatchCompression(codec()),
		kgo.ConsumerGroup(partner + "-go"),
		kgo.ConsumeTopics("logistics.outcomes." + partner + ".v1"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	security := os.Getenv("KAFKA_SECURITY")
	if security != "PLAINTEXT" {
		options = append(options, kgo.SASL(user.AsSha512Mechanism()))
	}
	if security == "" || security == "SASL_SSL" {
		options = append(options, kgo.DialTLSConfig(new(tls.Config)))
	}
	client, err := kgo.NewClient(options...)
	check(err)
	defer client.Close()

	record := &kgo.Record{
		Topic:   "logistics.intake.v1",
		Key:     []byte(key(events[0])),
		Value:   text,
		Headers: []kgo.RecordHeader{{Key: "amanah-token", Value: []byte(os.Getenv("TOKEN"))}},
	}
	check(client.ProduceSync(ctx, record).FirstErr())

	for len(awaited) > 0 {
		fetches := client.PollFetches(ctx)
		check(fetches.Err())
		fetches.EachRecord(func(message *kgo.Record) {
			var got outcome
			check(json.Unmarshal(message.Value, &got))
			fmt.Println(got.Outcome, got.EventID, got.Code, got.Explanation)
			delete(awaited, got.EventID)
		})
	}
	check(client.CommitUncommittedOffsets(ctx))
}

// key keeps all events of one package in one partition, and so in their order.
func key(first event) string {
	name := first.ParentID
	if len(first.EPCList) > 0 {
		name = first.EPCList[0]
	}
	return name[strings.LastIndex(name, ":")+1:]
}

func codec() kgo.CompressionCodec {
	switch os.Getenv("KAFKA_COMPRESSION") {
	case "gzip":
		return kgo.GzipCompression()
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	return kgo.NoCompression()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
