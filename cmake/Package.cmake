# The Debian package (./dev package): what is installed where, and what CPack has to know. Built on
# the release that it is for; dpkg-shlibdeps finds the libraries. What lies beside the program is
# made from its own grammar by jawort_documents.

file(GLOB sources CONFIGURE_DEPENDS package/documents/*.cc)
add_executable(jawort_documents EXCLUDE_FROM_ALL ${sources})
jawort_compile(jawort_documents)
target_link_libraries(jawort_documents PRIVATE jawort_app)

if(NOT CPACK_DEBIAN_PACKAGE_MAINTAINER)  # whoever publishes it says -D…="Name <name@example.org>"
  set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Jawort maintainers <jawort@example.org>")
endif()
file(STRINGS /etc/os-release debian REGEX "^VERSION_ID=")
string(REGEX REPLACE "[^0-9]" "" debian "${debian}")
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~deb${debian}")
set(JAWORT_DEBIAN_VERSION "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

# Libraries of which code is compiled in; their licences ask to be named.
set(compiled_in libcli11-dev libcpp-httplib-dev libfmt-dev libhowardhinnant-date-dev
    libkainjow-mustache-dev libspdlog-dev libsqlitecpp-dev libtomlplusplus-dev nlohmann-json3-dev)

set(made ${PROJECT_BINARY_DIR}/package)
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # of SOURCE_DATE_EPOCH if set
configure_file(package/copyright.in ${made}/copyright.head @ONLY)
configure_file(package/changelog.in ${made}/changelog.Debian @ONLY)
add_custom_command(
  OUTPUT ${made}/jawort.1 ${made}/jawort.toml.5 ${made}/jawort.bash ${made}/jawort.toml
         ${made}/copyright
  COMMAND jawort_documents ${made}
  COMMAND ${PROJECT_SOURCE_DIR}/package/join_copyrights ${made}/copyright ${made}/copyright.head
          ${compiled_in}
  DEPENDS jawort_documents package/join_copyrights ${made}/copyright.head
  COMMENT "Making manual pages and completion"
  VERBATIM)

set(compressed)
function(jawort_compress from name)
  add_custom_command(OUTPUT ${made}/${name}
    COMMAND gzip -9nc ${from} > ${made}/${name}
    DEPENDS ${from} VERBATIM)
  set(compressed ${compressed} ${made}/${name} PARENT_SCOPE)
endfunction()
jawort_compress(${made}/jawort.1 jawort.1.gz)
jawort_compress(${made}/jawort.toml.5 jawort.toml.5.gz)
jawort_compress(${made}/changelog.Debian changelog.Debian.gz)
jawort_compress(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog.gz)
add_custom_target(package_files
  DEPENDS jawort ${made}/jawort.bash ${made}/jawort.toml ${made}/copyright ${compressed})

set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(TARGETS jawort DESTINATION usr/bin)
install(FILES package/jawort.service DESTINATION usr/lib/systemd/system)
install(FILES package/lintian-overrides DESTINATION usr/share/lintian/overrides RENAME jawort)
install(FILES ${made}/jawort.toml DESTINATION usr/share/jawort)
install(FILES ${made}/jawort.1.gz DESTINATION usr/share/man/man1)
install(FILES ${made}/jawort.toml.5.gz DESTINATION usr/share/man/man5)
install(FILES ${made}/jawort.bash DESTINATION usr/share/bash-completion/completions RENAME jawort)
install(FILES README.md OPERATING.md SECURITY.md engine/evidence/FORMAT.md ${made}/copyright
              ${made}/changelog.gz ${made}/changelog.Debian.gz
        DESTINATION usr/share/doc/jawort)
install(DIRECTORY examples DESTINATION usr/share/doc/jawort)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_STRIP_FILES TRUE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME jawort)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, fonts-dejavu-core, tzdata")
# Without them the PDF of a dossier shows names in other scripts as boxes.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "fonts-noto-core, fonts-noto-cjk")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nginx | caddy | apache2")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "double opt-in for newsletters that can be proved in court")
set(CPACK_PACKAGE_DESCRIPTION
"A form on your website posts a sign-up; Jawort mails the confirmation link;
the press of the button behind it is stamped into the contact record, with
the wording that was shown and every step before it, in an append-only log;
and each mail brings a link by which the consent is revoked.
.
One program and one SQLite database. It needs a mail server to send by, and
a web server with TLS before it.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/package/postinst ${PROJECT_SOURCE_DIR}/package/prerm
    ${PROJECT_SOURCE_DIR}/package/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
include(CPack)
