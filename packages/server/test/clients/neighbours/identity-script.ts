// identityScript: a Python program that asks the managed-identity endpoint as a client in a job does.

/** Fails when the answer is not as expected. */
export const identityScript = (own: string, named: string, foreign: string): string => `
import base64, json, os, urllib.error, urllib.request
def ask(choice=""):
    url = os.environ["IDENTITY_ENDPOINT"] + "?api-version=2019-08-01&resource=https://management.azure.com/" + choice
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    answer = json.load(opener.open(urllib.request.Request(url, headers={"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]})))
    body = answer["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["oid"]
assert ask() == "${own}"
assert ask("&client_id=${named}") == "${own}"
assert os.environ["DEFAULT_IDENTITY_CLIENT_ID"] == "${named}"
try:
    ask("&client_id=${foreign}")
except urllib.error.HTTPError as error:
    assert error.code == 400
else:
    raise SystemExit("a foreign identity gave a token")
`;
