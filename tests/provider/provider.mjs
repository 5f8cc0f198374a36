// A real OpenID provider: PORT CALLBACK PEOPLE(JSON). It demands PKCE of everybody, and signs in whoever its page is asked for (?as=NAME) with what is told of them.
import { Provider } from "oidc-provider";

const [port, callback, people] = process.argv.slice(2);
const told = JSON.parse(people);

const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: "framme", client_secret: "a-secret-of-the-tests", redirect_uris: [callback], token_endpoint_auth_method: "client_secret_post" }],
  pkce: { required: () => true },
  claims: { openid: ["sub", "acr", "amr", "groups", "realm_access", "pid"], email: ["email", "email_verified"], profile: ["name"] },
  acrValues: ["idporten-loa-high"],
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/who/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...told[id] }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/who/")) return next();
  const { acr, amr } = told[ctx.query.as] ?? {};
  const result = ctx.query.as ? { login: { accountId: ctx.query.as, acr, amr } } : { error: "access_denied" };
  await provider.interactionFinished(ctx.req, ctx.res, result);
  ctx.respond = false;
});

provider.listen(port, "localhost", () => console.log("ready"));
