// The whole main job through the client that openapi-generator makes of docs/openapi.json for Go.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"vestnik.test/clients/openapi_generator/stranger"
)

func check(holds bool, what string) {
	if !holds {
		panic("not so: " + what)
	}
}

// must gives what was answered, or ends the program.
func must[T any, R any](answer T, _ R, err error) T {
	if err != nil {
		if problem, is := err.(*stranger.GenericOpenAPIError); is {
			panic(fmt.Sprintf("%s: %s", problem.Error(), problem.Body()))
		}
		panic(err)
	}
	return answer
}

func main() {
	url, name, phone := os.Args[1], os.Args[2], os.Args[3]
	password := "a-long-Passphrase-7"
	configuration := stranger.NewConfiguration()
	configuration.Servers = stranger.ServerConfigurations{{URL: url}}
	api, ctx := stranger.NewAPIClient(configuration), context.Background()

	must(api.AccountsAPI.AuthRegister(ctx).RegistrationRequest(*stranger.NewRegistrationRequest(name, password, password)).Execute())
	login := stranger.NewLoginRequest(password)
	login.SetUsername(name)
	tokens := must(api.AccountsAPI.AuthLogin(ctx).LoginRequest(*login).Execute())
	ctx = context.WithValue(ctx, stranger.ContextAccessToken, tokens.Access)

	wrong := stranger.NewClientRequest("5", name, "Europe/Moscow")
	_, answer, err := api.ClientsAPI.ClientCreate(ctx).ClientRequest(*wrong).Execute()
	check(err != nil && answer.StatusCode == 400, "a wrong phone is refused")
	problems, is := err.(*stranger.GenericOpenAPIError).Model().(stranger.FieldProblems)
	check(is && problems.AdditionalProperties["phone_number"] != nil, "a wrong phone is named")
	body := stranger.NewClientRequest(phone, name, "Europe/Moscow")
	client := must(api.ClientsAPI.ClientCreate(ctx).ClientRequest(*body).Execute())
	clients := must(api.ClientsAPI.ClientList(ctx).Tag(name).PageSize(10).Ordering(stranger.ORDERING_ID_DESCENDING).Execute())
	check(len(clients) == 1 && clients[0].Id == client.Id, "the client is listed")

	// This generator leaves a null list out, which the contract refuses: a forgotten filter must not text everybody.
	filter := stranger.NewMailingFilter([]string{name}, []int32{999})
	request := stranger.NewMailingRequest(time.Now().Add(10*time.Minute), "Здравствуйте!", *filter)
	mailing := must(api.MailingsAPI.MailingCreate(ctx).MailingRequest(*request).IdempotencyKey(name).Execute())
	var id int64 = mailing.Id
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if must(api.MailingsAPI.MailingRead(ctx, id).Execute()).State == stranger.MAILING_STATE_COMPLETED {
			break
		}
	}
	books := must(api.StatisticsAPI.StatisticsRead(ctx, id).Execute())[0]
	check(books.TotalCount == 1 && books.CompleteCount == 1, "one message, complete")
	states := []stranger.MessageState{stranger.MESSAGE_STATE_SENT, stranger.MESSAGE_STATE_DELIVERED}
	messages := must(api.StatisticsAPI.MessagesList(ctx, id).State(states).Execute())
	check(len(messages) == 1 && messages[0].GetPhoneNumber() == phone, "to the right phone")
	var message int64 = messages[0].Id
	check(message > 0, "an id of 64 bits")

	// No body was given: this client sends null for it.
	must(api.AccountsAPI.AuthLogout(ctx).Execute())
	_, answer, err = api.AccountsAPI.AuthUserRead(ctx).Execute()
	check(err != nil && answer.StatusCode == 401, "the login has ended")
	fmt.Println("done")
}
