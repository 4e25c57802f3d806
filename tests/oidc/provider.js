// A provider on a free port of loopback. Arguments: where Vestnik is, and a file of people: {login: claims}.
// It is the library's own: its pages, its tokens, its checks. Only who the people are is ours.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [vestnik, people] = process.argv.slice(2);

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'vestnik',
      client_secret: process.env.OIDC_CLIENT_SECRET,
      redirect_uris: [`${vestnik}/console/oidc/sso/callback`],
    }],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username', 'name'],
      groups: ['groups'],
    },
    // Read anew at each login: a test changes it meanwhile.
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...JSON.parse(readFileSync(people, 'utf8'))[id] }),
    }),
    pkce: { required: () => true },
    cookies: { keys: [randomBytes(32).toString('hex')] },
  });
  server.on('request', provider.callback());
  process.stdout.write(`ready ${issuer}\n`);
});
