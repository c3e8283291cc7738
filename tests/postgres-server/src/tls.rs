//! Certificates for a server, of an authority of its own.

use std::fs;
use std::path::Path;

use crate::{Certificate, User};

/// Makes an authority and a certificate in the server's folder; answers the settings that name them.
pub(crate) fn settings(user: &User, folder: &Path, certificate: Certificate<'_>) -> [String; 3] {
    let openssl = |arguments: &str| {
        let mut command = user.command(Path::new("openssl"));
        command.current_dir(folder);
        command.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(' '));
        let made = command.args(arguments.split(' ')).output();
        let made = made.expect("openssl is installed (Debian and Ubuntu: apt-get install openssl)");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "openssl: {said}");
    };
    openssl("-subj /CN=authority -keyout authority.key -out authority.pem");
    let name = certificate.name;
    openssl(&format!(
        "-subj /CN={name} -addext subjectAltName=DNS:{name} -addext basicConstraints=critical,CA:FALSE \
         -CA authority.pem -CAkey authority.key -keyout server.key -out server.pem"
    ));
    fs::copy(folder.join("authority.pem"), certificate.authority).expect("the authority is told");
    let file = |name: &str| folder.join(name).display().to_string();
    [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.pem")),
        format!("ssl_key_file={}", file("server.key")),
    ]
}
