// The whole main job through the client that oapi-codegen makes of docs/openapi.json.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"vestnik.test/clients/oapi_codegen/stranger"
)

func check(holds bool, what string, body []byte) {
	if !holds {
		panic(fmt.Sprintf("not so: %s: %s", what, body))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	url, name, phone := os.Args[1], os.Args[2], os.Args[3]
	password, ctx := "a-long-Passphrase-7", context.Background()
	api, err := stranger.NewClientWithResponses(url)
	must(err)
	registration := stranger.RegistrationRequest{Username: name, Password1: password, Password2: password}
	registered, err := api.AuthRegisterWithResponse(ctx, registration)
	must(err)
	check(registered.JSON201 != nil, "registered", registered.Body)
	login, err := api.AuthLoginWithResponse(ctx, stranger.LoginRequest{Username: &name, Password: password})
	must(err)
	check(login.JSON200 != nil, "logged in", login.Body)
	token := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+login.JSON200.Access)
		return nil
	}

	wrong := stranger.ClientRequest{PhoneNumber: "5", Tag: name, Timezone: "Europe/Moscow"}
	refused, err := api.ClientCreateWithResponse(ctx, wrong, token)
	must(err)
	check(refused.JSON400 != nil && refused.JSON400.AdditionalProperties["phone_number"] != nil, "named", refused.Body)
	body := stranger.ClientRequest{PhoneNumber: phone, Tag: name, Timezone: "Europe/Moscow"}
	client, err := api.ClientCreateWithResponse(ctx, body, token)
	must(err)
	check(client.JSON201 != nil, "a client is made", client.Body)

	tags := []string{name}
	request := stranger.MailingRequest{
		MessageText: "Здравствуйте!",
		Filter:      stranger.MailingFilter{Tag: &tags},
		EndTime:     time.Now().Add(10 * time.Minute),
	}
	mailing, err := api.MailingCreateWithResponse(ctx, &stranger.MailingCreateParams{IdempotencyKey: &name}, request, token)
	must(err)
	check(mailing.JSON201 != nil, "a mailing is made", mailing.Body)
	var id int64 = mailing.JSON201.Id
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		read, err := api.MailingReadWithResponse(ctx, id, token)
		must(err)
		if read.JSON200 != nil && read.JSON200.State == "completed" {
			break
		}
	}
	statistics, err := api.StatisticsReadWithResponse(ctx, id, nil, token)
	must(err)
	check(statistics.JSON200 != nil, "statistics are read", statistics.Body)
	books := (*statistics.JSON200)[0]
	check(books.TotalCount == 1 && books.CompleteCount == 1, "one message, complete", statistics.Body)
	states := []stranger.MessageState{"sent", "delivered"}
	messages, err := api.MessagesListWithResponse(ctx, id, &stranger.MessagesListParams{State: &states}, token)
	must(err)
	check(messages.JSON200 != nil && len(*messages.JSON200) == 1, "messages are listed", messages.Body)
	var message int64 = (*messages.JSON200)[0].Id
	check(message > 0 && *(*messages.JSON200)[0].PhoneNumber == phone, "to the right phone", messages.Body)

	// What clients send for a body that is left out.
	gone, err := api.AuthLogoutWithBodyWithResponse(ctx, "application/json", http.NoBody, token)
	must(err)
	check(gone.JSON200 != nil, "logged out", gone.Body)
	user, err := api.AuthUserReadWithResponse(ctx, token)
	must(err)
	check(user.StatusCode() == 401, "the login has ended", user.Body)
	fmt.Println("done")
}
