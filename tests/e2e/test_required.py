"""What a form asks for has to be there; what it does not know is not taken."""

from jawort import SOMMER
from visitor import Visitor


def errors(visitor, form, **fields):
    answer = visitor.post_json(f"/forms/{form}", {"email": "anna@example.org", **fields})
    if answer.status == 202:
        return {}
    assert answer.status == 422
    return {error["field"]: error["code"] for error in answer.json["errors"]}


def test_required(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [SOMMER]).start()
    visitor = Visitor(jawort.port)
    assert errors(visitor, "newsletter") == {"consent": "required"}
    assert errors(visitor, "newsletter", consent=["phone"]) == {"consent": "required"}
    assert errors(visitor, "newsletter", consent="newsletter") == {}, "one is as good as a list"
    assert set(errors(visitor, "newsletter", consent=["newsletter"], branch="Rom")) == {"branch"}
    assert set(errors(visitor, "contact")) == {"first_name"}
    assert set(errors(visitor, "contact", first_name="  ")) == {"first_name"}
    assert set(errors(visitor, "contact", first_name="A", message="x" * 4001)) == {"message"}
    assert errors(visitor, "contact", first_name="A", message="ä" * 4000, branch="Rom") == {}, (
        "a field of another form is none of this one")
    assert len(jawort.contact_list()) == 1


def test_a_leads_message_keeps_its_lines(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [SOMMER]).start()
    text = "Guten Tag,\n\nhaben Sie Dinkelbrot? 😀\n"
    Visitor(jawort.port).post("/forms/contact", {
        "email": "lea@example.org", "first_name": "Léa", "message": text.replace("\n", "\r\n")})
    fields = jawort.contact("lea@example.org")["fields"]
    assert fields["first_name"]["value"] == "Léa"
    assert fields["message"]["value"].replace("\r\n", "\n").strip() == text.strip()
