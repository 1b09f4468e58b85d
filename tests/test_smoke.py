def test_front_page(pages):
    pages.get("/")
    pages.get("/nothing", 404)
    pages.get("/account/sign-in")
    pages.post(
        "/account/new",
        {"name": "Ana", "email": "ana@example.org", "password": "four long words here"},
    )
