package stranger;

import java.time.OffsetDateTime;
import java.util.List;
import stranger.api.AccountsApi;
import stranger.api.ClientsApi;
import stranger.api.MailingsApi;
import stranger.api.StatisticsApi;
import stranger.model.ClientRequest;
import stranger.model.DirectoryClient;
import stranger.model.LoginRequest;
import stranger.model.Mailing;
import stranger.model.MailingFilter;
import stranger.model.MailingRequest;
import stranger.model.MailingState;
import stranger.model.Message;
import stranger.model.MessageState;
import stranger.model.RegistrationRequest;
import stranger.model.Statistics;
import stranger.model.Tokens;

/** The whole main job through the client that openapi-generator makes of docs/openapi.json for Java's own HttpClient. */
public final class MainJob {
  private MainJob() {}

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not so: " + what);
    }
  }

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    String name = arguments[1];
    String phone = arguments[2];
    String password = "a-long-Passphrase-7";
    ApiClient api = new ApiClient();
    api.updateBaseUri(url);

    AccountsApi accounts = new AccountsApi(api);
    accounts.authRegister(new RegistrationRequest().username(name).password1(password).password2(password));
    Tokens tokens = accounts.authLogin(new LoginRequest().username(name).password(password));
    api.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + tokens.getAccess()));

    ClientsApi clients = new ClientsApi(api);
    try {
      clients.clientCreate(new ClientRequest().phoneNumber("5").tag(name).timezone("Europe/Moscow"));
      throw new IllegalStateException("a wrong phone was taken");
    } catch (ApiException refused) {
      check(refused.getCode() == 400 && refused.getResponseBody().contains("phone_number"), "a wrong phone is named");
    }
    DirectoryClient client =
        clients.clientCreate(new ClientRequest().phoneNumber(phone).tag(name).timezone("Europe/Moscow"));
    long clientId = client.getId();

    MailingsApi mailings = new MailingsApi(api);
    MailingRequest request =
        new MailingRequest()
            .messageText("Здравствуйте!")
            .filter(new MailingFilter().tag(List.of(name)).operatorCode(null))
            .endTime(OffsetDateTime.now().plusMinutes(10));
    Mailing mailing = mailings.mailingCreate(request, name);
    long id = mailing.getId();
    long deadline = System.nanoTime() + 40_000_000_000L;
    while (mailings.mailingRead(id).getState() != MailingState.MAILING_STATE_COMPLETED && System.nanoTime() < deadline) {
      Thread.sleep(200);
    }
    StatisticsApi statistics = new StatisticsApi(api);
    Statistics books =
        statistics.statisticsList(null, null, null, null, null, null, null).stream()
            .filter(each -> each.getId() == id)
            .findFirst()
            .orElseThrow();
    check(books.getTotalCount() == 1 && books.getCompleteCount() == 1, "one message, complete");
    List<MessageState> states = List.of(MessageState.MESSAGE_STATE_SENT, MessageState.MESSAGE_STATE_DELIVERED);
    List<Message> messages = statistics.messagesList(id, null, null, null, states, null, null);
    check(messages.size() == 1 && phone.equals(messages.get(0).getPhoneNumber()), "to the right phone");
    long message = messages.get(0).getId();
    check(message > 0 && messages.get(0).getClient() == clientId, "ids of 64 bits");

    // No body is given: this client sends null for it.
    AccountsApi mine = new AccountsApi(api);
    mine.authLogout(null);
    try {
      mine.authUserRead();
      throw new IllegalStateException("the login lives on");
    } catch (ApiException ended) {
      check(ended.getCode() == 401, "the login has ended");
    }
    System.out.println("done");
  }
}
